"""Encoded images, JPEG or PNG, as pixels; an image that lies about itself, or is a bomb, is refused unseen."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from harness.datasets._source import Shape

MOST = 64 << 20
"""Points of the largest image that is made smaller."""

LONGEST = 256 << 20
"""Bytes of the largest file of an image."""

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
        return _pixels(_coloured(image).resize((shape[2], shape[1]), Image.Resampling.BOX))


def measure(file: BinaryIO) -> tuple[int, int]:
    """Height and width."""
    with _opened(file) as image:
        return image.height, image.width


@contextmanager
def _opened(file: BinaryIO) -> Iterator[Image.Image]:
    content = file.read(LONGEST + 1)
    if len(content) > LONGEST:
        raise ValueError(f"its file has more than {LONGEST:,} bytes")
    try:  # from memory: a file would be asked for as many bytes as the image claims, and they would be allocated
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
            yield image
    except _WRONG as error:
        raise ValueError(str(error)) from error


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    """Red, green and blue, shape (3, height, width); grey images have three equal channels."""
    return np.asarray(_coloured(image)).transpose(2, 0, 1)


def _coloured(image: Image.Image) -> Image.Image:
    return image if image.mode == "RGB" else image.convert("RGB")
