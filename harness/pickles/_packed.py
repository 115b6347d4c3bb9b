"""Files packed by bzip2: the `.pbz2` files of NATS-Bench."""

import bz2
from pathlib import Path
from typing import BinaryIO, cast

from harness.errors import BadValue
from harness.pickles._source import AGAIN

PACKED = 256 << 20
"""Bytes that a packed file may hold when it is read whole."""

MAGIC = b"BZh"


class _Packed(bz2.BZ2File):
    """A stream that knows the name of its file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._path = path

    @property
    def name(self) -> str:
        return str(self._path)


def open_bz2(path: Path) -> BinaryIO:
    """Open what the file holds as a stream that is unpacked while it is read.

    Raises `BadValue` for a file that is missing or not packed by bzip2. Damage shows when it is reached: `read` raises
    `BadValue` then, other readers get `OSError` or `EOFError`.
    """
    _check_magic(path, _start(path, len(MAGIC)))
    return cast(BinaryIO, _Packed(path))


def read_bz2(path: Path, limit: int = PACKED) -> bytes:
    """Everything that the file holds, in memory, refused as soon as it passes `limit` bytes.

    Raises `BadValue` for a file that is missing, damaged, cut short or not packed by bzip2.
    """
    packed = _start(path, limit)
    _check_magic(path, packed)
    parts = []
    room = limit + 1
    while packed:
        if not packed.startswith(MAGIC):
            raise BadValue(f"{path} has bytes behind its end that do not belong there; {AGAIN}")
        part, packed = _unpack(path, packed, room)
        parts.append(part)
        room -= len(part)
        if room <= 0:
            raise BadValue(f"{path} holds more than {limit:,} bytes when unpacked: it is no file of this kind")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _unpack(path: Path, packed: bytes, room: int) -> tuple[bytes, bytes]:
    """One stream of the file, of at most `room` bytes, and what comes behind it."""
    unpacker = bz2.BZ2Decompressor()
    try:
        part = unpacker.decompress(packed, room)
    except (OSError, EOFError) as error:
        raise BadValue(f"{path} is damaged and cannot be unpacked ({error}); {AGAIN}") from error
    if len(part) < room and not unpacker.eof:
        raise BadValue(f"{path} is cut short; {AGAIN}")
    return part, unpacker.unused_data


def _start(path: Path, count: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as error:
        raise BadValue(f"{path} cannot be read: {error.strerror}") from error


def _check_magic(path: Path, packed: bytes) -> None:
    if not packed:
        raise BadValue(f"{path} is empty; {AGAIN}")
    if not packed.startswith(MAGIC):
        raise BadValue(f"{path} is not packed by bzip2, as its name says; {AGAIN}")
