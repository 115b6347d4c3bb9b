"""Images that are read and standardised when they are asked for, so that a few of them cost no more than a few."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

Read = Callable[[NDArray[np.int64]], NDArray[np.uint8]]
"""Gives the images with these numbers as they are stored: (images, channels, height, width), 0 to 255."""


class Scale(NamedTuple):
    """Mean and standard deviation of each channel, of values from 0 to 1."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def black(self) -> tuple[float, ...]:
        """What a black point, 0 in every channel, becomes when it is standardised."""
        return tuple(-mean / std for mean, std in zip(self.mean, self.std, strict=True))


class LazyImages:
    """Stands for an array (images, channels, height, width) of float32 that is not in memory.

    It has the array's `shape`, `dtype` and length; `images[rows]`, for whatever selects along the first axis, reads and
    standardises those images alone, and `numpy.asarray(images)` all. `rows` holds the number of each image in `read`,
    `shape` is that of one image.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, read: Read, rows: NDArray[np.int64], shape: tuple[int, int, int], scale: Scale) -> None:
        self._read, self._rows, self._scale = read, rows, scale
        self.shape = (len(rows), *shape)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, key: Any) -> NDArray[np.float32]:
        """The selected images; a single one, for a whole number, without the first axis."""
        chosen = self._rows[key]
        images = self._standardised(np.atleast_1d(chosen))
        return images if np.ndim(chosen) else images[0]

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("these images are not in memory: an array of them is always a copy")
        return self._standardised(self._rows).astype(dtype or self.dtype, copy=False)

    def _standardised(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        images = self._read(rows).astype(np.float32)
        mean, std = (np.array(values, np.float32)[:, None, None] for values in self._scale)
        images /= 255
        images -= mean
        images /= std
        return images
