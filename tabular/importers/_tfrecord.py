"""Reading TFRecord files without TensorFlow: framed records, each with a CRC-32C of its length and of its data.

A frame is the length (uint64), its checksum (uint32), the data, their checksum (uint32), all little-endian. Checksums
are CRC-32C (Castagnoli, RFC 3720 appendix B.4), rotated by 15 bits to the right and added to 0xa282ead8.
"""

import hashlib
import struct
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue

LONGEST = 1 << 14
"""Bytes of the longest record that is read; those of NAS-Bench-101 have a few hundred."""

BLOCK = 8 << 20
"""Bytes that are read at once."""

_HEADER, _FOOTER = struct.Struct("<QI"), struct.Struct("<I")
_POLYNOMIAL, _DELTA, _ONES = 0x82F63B78, 0xA282EAD8, 0xFFFFFFFF
_GROUP = 64
"""Records whose checksums are computed at once: enough for numpy, few enough for the processor's cache."""


class Span(NamedTuple):
    """Whole records that stand side by side: their bytes in the file, and the number of the first, from 1."""

    start: int
    stop: int
    first: int


def scan(path: Path, progress: Callable[[int], None]) -> tuple[str, list[Span]]:
    """The sha256 of the file, and its records in spans of about 8 MB; `progress` takes the bytes read so far.

    Raises `BadValue` when the file cannot be read, is empty or cut off, or a length does not match its checksum.
    """
    sha, spans, rest = hashlib.sha256(), list[Span](), b""
    start, number = 0, 1
    for block in _blocks(path):
        sha.update(block)
        data = rest + block
        taken, count = _whole_records(path, data, number)
        if count:
            spans.append(Span(start, start + taken, number))
        start, number, rest = start + taken, number + count, data[taken:]
        progress(start + len(rest))
    if rest or not spans:
        raise BadValue(f"{path} is {'cut off in record ' + str(number) if rest else 'empty'}: download it again")
    return sha.hexdigest(), spans


def read_records(path: Path, span: Span) -> list[bytes]:
    """The data of the span's records; a `BadValue` names the first one that does not match its checksum."""
    with path.open("rb") as file:
        file.seek(span.start)
        frames = file.read(span.stop - span.start)
    records, wanted = [], []
    place = 0
    while place < len(frames):
        begin = place + _HEADER.size
        end = begin + _HEADER.unpack_from(frames, place)[0]
        records.append(frames[begin:end])
        wanted.append(_FOOTER.unpack_from(frames, end)[0])
        place = end + _FOOTER.size
    for k in range(0, len(records), _GROUP):
        wrong = np.flatnonzero(masked_crc32c(records[k : k + _GROUP]) != np.array(wanted[k : k + _GROUP]))
        if len(wrong):
            number = span.first + k + int(wrong[0])
            raise BadValue(f"{path}: record {number} was altered, it does not match its checksum: download it again")
    return records


def masked_crc32c(records: Sequence[bytes]) -> NDArray[np.uint32]:
    """The checksum of each record, none of them empty.

    A CRC is linear: each byte contributes, by its value and by the number of bytes behind it, what a table holds.
    """
    lengths = np.array([len(record) for record in records])
    size = max(64, 1 << int(lengths.max() - 1).bit_length())
    data = np.frombuffer(b"".join(records), dtype=np.uint8)
    ends = np.cumsum(lengths)
    behind = np.repeat(ends, lengths) - np.arange(1, len(data) + 1)
    contributions = _contributions(size).take(behind << 8 | data)
    crc = np.bitwise_xor.reduceat(contributions, ends - lengths) ^ _beginnings(size)[lengths] ^ np.uint32(_ONES)
    rotated: NDArray[np.uint32] = (crc >> 15 | crc << 17) + np.uint32(_DELTA)
    return rotated


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                yield block
    except OSError as error:
        raise BadValue(f"{path} cannot be read: {error.strerror or error}") from error


def _whole_records(path: Path, data: bytes, first: int) -> tuple[int, int]:
    """The bytes that the whole records at the beginning of the data take, and their number."""
    place = count = 0
    while len(data) - place >= _HEADER.size:
        length, crc = _HEADER.unpack_from(data, place)
        if not 0 < length <= LONGEST or _length_checksum(length) != crc:
            raise BadValue(
                f"{path}: the length of record {first + count} is damaged (it says {length:,} bytes, 1 to {LONGEST:,} "
                "are possible, and has a checksum): this is no TFRecord file, or download it again"
            )
        end = place + _HEADER.size + length + _FOOTER.size
        if end > len(data):
            break
        place, count = end, count + 1
    return place, count


@cache
def _length_checksum(length: int) -> int:
    return int(masked_crc32c([struct.pack("<Q", length)])[0])


@cache
def _bytes_shifted_out() -> NDArray[np.uint32]:
    """The remainder that each byte leaves when it is shifted out."""
    table: NDArray[np.uint32] = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table


@cache
def _contributions(size: int) -> NDArray[np.uint32]:
    """What a byte with k bytes behind it contributes, at 256 k + byte, for k below `size`."""
    shifted = _bytes_shifted_out()
    rows = [shifted]
    for _ in range(size - 1):
        rows.append(rows[-1] >> 8 ^ shifted[rows[-1] & 255])
    return np.concatenate(rows)


@cache
def _beginnings(size: int) -> NDArray[np.uint32]:
    """What the initial ones contribute to a record of each length up to `size`."""
    shifted = _bytes_shifted_out().tolist()
    values = [_ONES]
    for _ in range(size):
        values.append(values[-1] >> 8 ^ shifted[values[-1] & 255])
    return np.array(values, dtype=np.uint32)
