"""Archives of arrays, as `numpy.savez` writes them: read only after what they claim is found to be true."""

import io
import math
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

LARGE = 64 << 20
RATIO = 100
"""Times smaller that packing may have made an array of more than LARGE bytes."""
HEADER = 1000
"""Bytes in which an array must say what it is; that of an array of numbers takes about 128."""

Arrays = dict[str, NDArray[np.generic]]


def npz_names(path: Path) -> set[str]:
    """The names of the arrays; raises `ValueError` when the file is no such archive."""
    with _opened(path) as archive:
        return set(_members(archive))


def read_npz(path: Path, names: Iterable[str]) -> Arrays:
    """The arrays of these names, of those that are there; raises `ValueError` when one is not what it claims."""
    with _opened(path) as archive:
        members = _members(archive)
        return {name: _array(archive, members[name]) for name in names if name in members}


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except Exception as error:  # numpy evaluates headers, with whatever error that ends
        raise ValueError(str(error)) from error


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    return {info.filename.removesuffix(".npy"): info for info in archive.infolist()}


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[np.generic]:
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{info.filename} is packed in a way that numpy does not use")
    if info.file_size > max(LARGE, RATIO * info.compress_size):
        raise ValueError(f"{info.filename} would unpack to {info.file_size:,} bytes: it is a zip bomb")
    with archive.open(info) as member:
        start = io.BytesIO(member.read(HEADER))
        version = npy.read_magic(start)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, kind = header(start)
        if kind.hasobject or start.tell() + math.prod(shape) * kind.itemsize != info.file_size:
            raise ValueError(f"{info.filename} is no array of numbers that its bytes fill")
    with archive.open(info) as member:
        array: NDArray[np.generic] = npy.read_array(member, allow_pickle=False)
        return array
