"""Writing files so that a crash leaves the old one or the new one, never half of one, and one process at a time."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.errors import BadValue


def write_atomically(path: Path, content: bytes) -> None:
    """Write through a temporary neighbour, flush it to the disk, and rename it over `path`."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def refuse_unwritable(path: Path) -> None:
    """Make the folder of a file that is to be written later; `BadValue` where it could not be written."""
    if path.is_dir():
        raise BadValue(f"{path} is a folder: name a file in it")
    probe = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise BadValue(f"{path} cannot be written ({error.strerror}): name another file") from error


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, atomically."""
    write_atomically(path, (json.dumps(value, indent=1) + "\n").encode())


def digest(value: Any) -> str:
    """Sixteen hexadecimal digits that change when any part of the JSON-able `value` does."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


@contextmanager
def locked(path: Path, refusal: str) -> Iterator[None]:
    """Hold the lock file; `BadValue` with this refusal when another process holds it."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadValue(refusal) from None
        yield


def state_of(path: Path) -> list[int | str]:
    """What changes when the file does: its name and size, and when it was written."""
    found = path.stat()
    return [path.name, found.st_size, found.st_mtime_ns]
