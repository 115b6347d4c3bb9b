"""Encoded images, JPEG or PNG, as pixels; an image that lies about itself, or is a bomb, is refused unseen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from harness.datasets._source import Shape

MOST = 64 << 20
"""Points of the largest image that is made smaller."""

_WRONG = (
    OSError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def decode(file: BinaryIO, shape: Shape) -> NDArray[np.uint8]:
    """An image of just this shape; `ValueError` for any other, and for what cannot be decoded."""
    with _opened(file) as image:
        if (image.height, image.width) != shape[1:]:
            raise ValueError(f"it has {image.width}x{image.height} points instead of {shape[2]}x{shape[1]}")
        return _pixels(image)


def decode_resized(file: BinaryIO, shape: Shape) -> NDArray[np.uint8]:
    """An image brought to this shape: a new point is the mean of the area that it covers."""
    with _opened(file) as image:
        if image.height * image.width > MOST:
            raise ValueError(f"it has {image.width:,}x{image.height:,} points, more than {MOST:,}")
        return _pixels(image.convert("RGB").resize((shape[2], shape[1]), Image.Resampling.BOX))


def measure(file: BinaryIO) -> tuple[int, int]:
    """Height and width."""
    with _opened(file) as image:
        return image.height, image.width


@contextmanager
def _opened(file: BinaryIO) -> Iterator[Image.Image]:
    try:
        with Image.open(file, formats=("JPEG", "PNG")) as image:
            yield image
    except _WRONG as error:
        raise ValueError(str(error)) from error


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    """Red, green and blue, shape (3, height, width); grey images have three equal channels."""
    return np.asarray(image.convert("RGB")).transpose(2, 0, 1)
