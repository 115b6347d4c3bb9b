"""Pickled batches: dicts with `data`, a row of bytes for each image, and a list of labels; nothing in them is run."""

import mmap
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.datasets._forms import ReadFile
from harness.datasets._source import Shape
from harness.errors import BadValue
from harness.pickles import NDARRAYS, read

SPARE = 64 << 20
"""Bytes of memory that a batch may take beside what is in proportion to its file."""

PROBE = 4096
"""Bytes of the images that are looked for in the file."""


def batches(label: str) -> ReadFile:
    """Reads batches that keep the labels under this name."""
    return partial(_read, label)


def _read(label: str, path: Path, shape: Shape) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The images stay in the file, mapped, where they lie in it as they are; `BadValue` for what is no batch."""
    try:
        with path.open("rb") as file:
            batch = read(file, NDARRAYS, limit=5 * path.stat().st_size + SPARE)
    except OSError as error:
        raise BadValue(f"{path} cannot be read ({error.strerror}); unpack the archive again") from error
    data, labels = _entry(path, batch, "data"), _entry(path, batch, label)
    width = int(np.prod(shape))
    if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.shape[1:] != (width,):
        raise BadValue(f"{path}: data are no bytes of shape (images, {width:,}); unpack the archive again")
    if not isinstance(labels, list | np.ndarray) or len(labels) != len(data) or not len(data):
        raise BadValue(f"{path}: {label} are not as many as the {len(data):,} images; unpack the archive again")
    return _mapped(path, data), _numbers(path, label, labels)


def _entry(path: Path, batch: Any, name: str) -> Any:
    """What goes by this name, which Python 2 wrote as bytes."""
    for key in (name, name.encode()):
        if isinstance(batch, dict) and key in batch:
            return batch[key]
    raise BadValue(f"{path} is no batch of images: it has no {name!r}; unpack the archive again")


def _numbers(path: Path, label: str, labels: Any) -> NDArray[np.int64]:
    kinds = {labels.dtype.type} if isinstance(labels, np.ndarray) else set(map(type, labels))
    try:
        if all(issubclass(kind, np.integer) or kind is int for kind in kinds) and np.ndim(labels) == 1:
            return np.array(labels, np.int64)
    except OverflowError:
        pass
    raise BadValue(f"{path}: {label} are not all whole numbers; unpack the archive again")


def _mapped(path: Path, data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The same array in the file, so that a batch that is read need not stay in memory; itself if it is not there."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = content.find(data.reshape(-1)[:PROBE].tobytes())
    if at < 0 or at + data.size > path.stat().st_size:
        return data
    mapped = np.memmap(path, np.uint8, "r", at, data.shape)
    return mapped if np.array_equal(mapped, data) else data
