"""A folder in memory for the files that readers are given."""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path


@cache
def scratch() -> Path:
    """This process's folder, which goes when it ends."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="nasgauge-fuzz-", dir=memory if os.access(memory, os.W_OK) else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def put(name: str, data: bytes) -> Path:
    """The data as the file of this name, which may be in folders."""
    path = scratch() / name
    try:
        path.write_bytes(data)
    except FileNotFoundError:
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
    return path


def empty(name: str) -> Path:
    """A folder of this name with nothing in it."""
    folder = scratch() / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
