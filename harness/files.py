"""Writing files so that a crash leaves the old one or the new one, never half of one, and one process at a time."""

import errno
import fcntl
import hashlib
import json
import logging
import os
import re
import secrets
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from harness.errors import BadValue

LOCKLESS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What file systems say that have no locks."""

log = logging.getLogger("nasgauge")


def write_atomically(path: Path, content: bytes) -> None:
    """Write through a temporary neighbour, flush it to the disk, rename it over `path`, and flush the folder.

    `OSError`, on a full disk for example, names the file and leaves the former one and nothing else.
    """
    partial = _partial(path)
    try:
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno and error.filename is None:
            error.filename = str(path)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, so that a file that was just made is found after a loss of power.

    A file system that knows no such thing, or does not let us, is left to itself: the file is whole in any case.
    """
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _partial(path: Path) -> Path:
    """A name beside `path` that no process on any machine chooses again; who finds it may sweep it away."""
    return path.with_name(f"{path.name[:128]}.{_host()}.{os.getpid()}.{secrets.token_hex(4)}.partial")


def _host() -> str:
    return re.sub(r"[^0-9A-Za-z-]", "-", socket.gethostname())[:32]


def sweep(folder: Path, *, ended: bool = False) -> None:
    """Remove what was only half written below the folder: all of it, or that of `ended` processes of this machine."""
    for path in folder.rglob("*.partial"):
        if path.is_file() and not (ended and _is_written(path.name)):
            path.unlink(missing_ok=True)


def _is_written(partial: str) -> bool:
    """Whether the process that writes it may still be there."""
    writer = re.search(r"\.([^.]*)\.(\d{1,9})\.[0-9a-f]{8}\.partial$", partial)
    if writer is None or writer[1] != _host():
        return True
    try:
        os.kill(int(writer[2]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def refuse_unwritable(path: Path) -> None:
    """Make the folder of a file that is to be written later; `BadValue` where it could not be written."""
    if path.is_dir():
        raise BadValue(f"{path} is a folder: name a file in it")
    probe = _partial(path)
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


def regular(path: str, flags: int) -> int:
    """An opener for `open`: regular files alone, so that no pipe is waited for and no device read without end.

    `OSError` says so of everything else.
    """
    try:
        handle = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno not in (errno.ENXIO, errno.EISDIR):  # a pipe that nobody reads, or a socket; a folder
            raise
        raise OSError(errno.EINVAL, "it is no regular file", path) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no regular file", path)
    return handle


def unlinked(path: str, flags: int) -> int:
    """`regular`, and no link is followed: a folder from elsewhere may have one in any file's place."""
    try:
        return regular(path, flags | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise OSError(errno.EINVAL, "it is a link", path) from error


def open_own(path: Path, mode: str) -> IO[bytes]:
    """Open a file that only we write; `BadValue` where it is a link, or no regular file."""
    try:
        return open(path, mode, opener=unlinked)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise BadValue(f"{path} is not touched: {error.strerror}; remove it") from None


@contextmanager
def locked(path: Path, refusal: str) -> Iterator[None]:
    """Hold the lock file; `BadValue` with this refusal when another process holds it."""
    handle = _open_lock(path)
    try:
        try:
            _lock(handle, path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadValue(refusal) from None
        yield
    finally:
        os.close(handle)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock file, once every process that holds it has let go; it is removed in the end.

    The system lets go of what a process held that was killed. Machines see each other's locks where the file system
    passes them on, as NFS does.
    """
    handle = _open_lock(path)
    try:
        while not _hold(handle, path):
            os.close(handle)
            handle = _open_lock(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _hold(handle: int, path: Path) -> bool:
    """Wait for the lock; whether it is still the file's of this name, which its last holder may have removed."""
    try:
        _lock(handle, path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.warning("%s: another process is at this part of the work, and is waited for", path)
        _lock(handle, path, fcntl.LOCK_EX)
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _lock(handle: int, path: Path, how: int) -> None:
    """Lock it; where the file system has no locks, go on without, and say so in the log."""
    try:
        fcntl.flock(handle, how)
    except OSError as error:
        if error.errno not in LOCKLESS:
            raise
        log.warning("%s: this file system has no locks (%s); see to it that one run at a time works here", path, error)


def _open_lock(path: Path) -> int:
    """Open a lock file, which is made where it is missing and never written; a link is not followed."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise BadValue(f"{path} is a link, which no lock is: remove it") from error
        raise


def state_of(path: Path) -> list[int | str]:
    """What changes when the file does: its name and size, and when it was written."""
    found = path.stat()
    return [path.name, found.st_size, found.st_mtime_ns]
