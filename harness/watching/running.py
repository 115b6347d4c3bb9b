"""Whether a process is running an experiment, seen from outside: the lock that it holds is looked at, never taken."""

import fcntl
import os
import struct
import sys
from pathlib import Path

from harness.files import unlinked

LOCKS = Path("/proc/locks")
"""Where Linux lists the locks of this machine: number, FLOCK, ADVISORY, WRITE, process, device:device:inode, range."""

RANGE = "hhqqi"
"""Linux' struct flock: kind, origin, start, length, process."""


def is_running(folder: Path) -> bool | None:
    """Whether a process holds the lock of a results folder (`harness.files.locked`); None where the system hides it.

    A run that starts at this very moment gets its lock: it is not ours for an instant. On a network file system a run
    on another machine is seen too, where the server keeps the locks; one in another container is not.
    """
    if sys.platform != "linux":
        return None
    try:
        with open(folder / ".lock", "rb", opener=unlinked) as file:
            # Only the inode is compared: layered file systems name another device in the list than to `stat`.
            inode = f":{os.fstat(file.fileno()).st_ino}"
            asked = fcntl.fcntl(file, fcntl.F_GETLK, struct.pack(RANGE, fcntl.F_RDLCK, 0, 0, 0, 0))
    except FileNotFoundError:
        return False
    except OSError:
        return None
    locked: bool = struct.unpack(RANGE, asked)[0] != fcntl.F_UNLCK  # how a network file system keeps it
    return locked or _listed(inode)


def _listed(inode: str) -> bool | None:
    try:
        lines = LOCKS.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return any("FLOCK" in line and any(part.endswith(inode) for part in line.split()) for line in lines)
