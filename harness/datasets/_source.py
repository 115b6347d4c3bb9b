"""What is read of a data set before it is split into parts."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.live.images import Read

Shape = tuple[int, int, int]
"""Channels, height and width of an image."""


class Source(NamedTuple):
    """Labelled images as stored: `labels` and `testing`, which images are for testing only, have shape (images,)."""

    read: Read
    labels: NDArray[np.int64]
    testing: NDArray[np.bool_]


Reader = Callable[[Sequence[Path], Shape], Source]
"""Makes a source of files whose images have this shape; two that are equal read alike."""


def joined(arrays: Sequence[NDArray[np.uint8]], shape: Shape) -> Read:
    """A reader of images that lie in arrays (images, bytes) one after the other, mapped or in memory."""
    return partial(_pixels, arrays, shape)


def _pixels(arrays: Sequence[NDArray[np.uint8]], shape: Shape, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    ends = np.cumsum([len(array) for array in arrays])
    at = np.searchsorted(ends, rows, side="right")
    pixels = np.empty((len(rows), *shape), np.uint8)
    for k in np.unique(at):
        chosen = at == k
        pixels[chosen] = arrays[k][rows[chosen] - (ends[k] - len(arrays[k]))].reshape(-1, *shape)
    return pixels
