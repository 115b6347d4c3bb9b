"""The mean and standard deviation that a user's own images are standardised by."""

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue
from harness.live.images import Read, Scale

LOOKED_AT = 20_000
"""Training images from which they are computed: all of fewer, else so many at equal distances."""

CHUNK = 512


def scale_of(read: Read, rows: NDArray[np.int64]) -> Scale:
    """Of each channel of the images with these numbers; `BadValue` for a channel that is the same everywhere."""
    chosen = rows[:: -(-len(rows) // LOOKED_AT)]
    sums: list[NDArray[np.float64]] = []
    for start in range(0, len(chosen), CHUNK):
        images = read(chosen[start : start + CHUNK]).astype(np.float64) / 255
        sums.append(np.stack([images.mean((2, 3)).sum(0), (images**2).mean((2, 3)).sum(0)]))
    mean, square = np.sum(sums, axis=0) / len(chosen)
    return checked_scale(mean, np.sqrt(np.maximum(square - mean**2, 0)))


def checked_scale(mean: NDArray[np.floating], std: NDArray[np.floating]) -> Scale:
    """The scale of these; `BadValue` for a channel that is the same everywhere."""
    flat = np.flatnonzero(~(std > 1e-6))
    if len(flat):
        raise BadValue(f"channel {flat[0]} of the training images is {mean[flat[0]]:.3g} everywhere: leave it out")
    return Scale(tuple(map(float, mean)), tuple(map(float, std)))
