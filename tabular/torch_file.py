"""The object inside a file that torch.save wrote, found without torch.

Two layouts, as torch.serialization writes them: five pickles in a row (magic number, version, system, object,
storages), and a zip archive that holds the object as `NAME/data.pkl`.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from harness.errors import BadValue
from harness.pickles import read

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001

MEMBERS = 4 << 20
"""Bytes that an archive's list of members may take."""

RATIO = 100
"""Times smaller that packing may have made the object; torch itself does not pack."""

HEADER = 1 << 20
"""Bytes of memory that what comes before the object may take."""


class _Cautious(io.FileIO):
    """A file that gives little at once, whatever length an archive claims for its list of members."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = MEMBERS
        if size > MEMBERS:
            raise zipfile.BadZipFile("its list of members is too long")
        return super().read(size) or b""


@contextmanager
def open_object(path: Path) -> Iterator[BinaryIO]:
    """A stream at the beginning of the object's pickle; nothing is unpacked to disk.

    Raises `BadValue` for a file that is missing, damaged or of another kind, also when damage shows while it is read.
    """
    with ExitStack() as stack:
        try:
            file: BinaryIO = stack.enter_context(path.open("rb"))
            zipped = file.read(2) == b"PK"
            file.seek(0)
        except OSError as error:
            raise BadValue(f"{path} cannot be read: {error.strerror}") from error
        if zipped:
            file = _open_member(path, stack)
        else:
            _skip_header(path, file)
        try:
            yield file
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise BadValue(f"{path} is damaged ({error}); download the file again") from error


def _skip_header(path: Path, file: BinaryIO) -> None:
    """Pass the three pickles before the object."""
    if _header(file) != MAGIC:
        raise BadValue(
            f"{path} was not written by torch.save: it lacks its magic number; check that it is the right file"
        )
    if _header(file) != VERSION:
        raise BadValue(f"{path} is not in version {VERSION} of torch's layout: save it again with a current torch")
    _header(file)


def _header(file: BinaryIO) -> object:
    value: object = read(file, {}, limit=HEADER)
    return value


def _open_member(path: Path, stack: ExitStack) -> BinaryIO:
    try:
        archive = zipfile.ZipFile(stack.enter_context(_Cautious(path)))
        stack.enter_context(archive)
        info = _find(path, archive)
        member: Any = stack.enter_context(archive.open(info))
        member.name = str(path)  # what messages say, in place of the member's own
    except BadValue:
        raise
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, OverflowError, struct.error) as error:
        raise BadValue(f"{path} is a damaged archive ({error}); download the file again") from error
    return cast(BinaryIO, member)


def _find(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The member that is the object: one alone, not encrypted, stored or deflated, and no bomb."""
    found = [info for info in archive.infolist() if info.filename.rsplit("/")[-1] == "data.pkl"]
    if len(found) != 1:
        raise BadValue(f"{path} holds {len(found)} members called data.pkl, a file of torch.save has one")
    info = found[0]
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadValue(f"{path} is encrypted, or packed in a way that torch.save does not use")
    if info.file_size > RATIO * max(info.compress_size, 1):
        raise BadValue(f"{path} would unpack to {info.file_size:,} bytes from {info.compress_size:,}: it is a zip bomb")
    return info
