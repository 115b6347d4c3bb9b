"""The bytes of a pickle, in blocks."""

import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from harness.errors import BadValue

BLOCK = 1 << 16
"""Bytes asked of the stream at a time; nothing is allocated for what a file claims, only for what comes."""

AGAIN = "download the file again"


class Source:
    """The block at hand is `data`, and `at` the position in it; `weigh` is called before each further block."""

    __slots__ = ("_passed", "_stream", "at", "data", "longest", "name", "weigh")

    def __init__(self, stream: BinaryIO, longest: int) -> None:
        name = getattr(stream, "name", None)
        self.name = str(name) if isinstance(name, str | Path) else "the pickle"
        self.data = b""
        self.at = 0
        self.longest = longest
        self.weigh: Callable[[], None] | None = None
        self._stream = stream
        self._passed = 0

    @property
    def position(self) -> int:
        """Bytes behind us."""
        return self._passed + self.at

    def bad(self, what: str) -> BadValue:
        """The error for a stream that is damaged."""
        return BadValue(f"{self.name} is damaged or hostile: near byte {self.position:,} it {what}; {AGAIN}")

    def fetch(self, count: int) -> None:
        """Have `count` bytes at hand, raising `BadValue` when the stream ends before."""
        if count > self.longest:
            raise self.bad(f"holds one value of {count:,} bytes, more than {self.longest:,}")
        if self.weigh:
            self.weigh()
        blocks = [self.data[self.at :]]
        length = len(blocks[0])
        while length < count:
            block = self._block()
            if not block:
                raise self._ended(self.position + length)
            blocks.append(block)
            length += len(block)
        self._passed += self.at
        self.data = b"".join(blocks)
        self.at = 0

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if self.at + count > len(self.data):
            self.fetch(count)
        start = self.at
        self.at = start + count
        return self.data[start : self.at]

    def byte(self) -> int:
        """The next byte."""
        at = self.at
        if at == len(self.data):
            self.fetch(1)
            at = 0
        self.at = at + 1
        return self.data[at]

    def number(self, width: int) -> int:
        """The next `width` bytes as an unsigned integer, least significant first."""
        return int.from_bytes(self.take(width), "little")

    def line(self, longest: int = 256) -> str:
        """The next line, without its end, which has to be ASCII and short."""
        line = b""
        while len(line) <= longest:
            byte = self.take(1)
            if byte == b"\n":
                return line.decode("ascii", "backslashreplace")
            line += byte
        raise self.bad(f"holds a name of more than {longest} bytes")

    def give_back(self) -> None:
        """Leave the stream just behind what was taken, if it can go back."""
        ahead = len(self.data) - self.at
        if ahead and self._stream.seekable():
            self._stream.seek(-ahead, os.SEEK_CUR)

    def _ended(self, end: int) -> BadValue:
        what = f"is cut short: it ends at byte {end:,}, in the middle" if end else "is empty"
        return BadValue(f"{self.name} {what}; {AGAIN}")

    def _block(self) -> bytes:
        try:
            return self._stream.read(BLOCK)
        except (OSError, EOFError, zlib.error) as error:
            raise BadValue(f"{self.name} is damaged and cannot be unpacked ({error}); {AGAIN}") from error
