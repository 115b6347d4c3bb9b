"""One input tried: read, refused in words, or found to break its reader."""

import hashlib
import logging
import resource
import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from harness.errors import NasgaugeError

SECONDS = 2.0
"""Of the processor that reading an input may take."""

GROWTH = 512 << 20
"""Bytes that the process may grow by."""

ROOT = Path(__file__).parents[2]


class TooSlow(BaseException):
    """An input took longer than it may; nothing but a bare `except` stops it."""


class Finding(NamedTuple):
    """What is wrong with a reader: where, in a line, and the traceback."""

    where: str
    details: str

    @property
    def name(self) -> str:
        """Short and the same for the same fault."""
        return hashlib.sha256(self.where.encode()).hexdigest()[:10]


def attempt(check: Callable[[bytes], None], data: bytes) -> Finding | None:
    """Try the input under the limit of time; None when it was read, or refused as it should be."""
    start = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        check(data)
    except NasgaugeError as error:
        signal.setitimer(signal.ITIMER_PROF, 0)
        if _out_of_memory(error):
            return found(error)
    except (Exception, TooSlow) as error:
        signal.setitimer(signal.ITIMER_PROF, 0)
        return found(error)
    signal.setitimer(signal.ITIMER_PROF, 0)
    taken = time.process_time() - start
    return Finding(f"{check.__module__}: too slow", f"{taken:.1f} seconds\n") if taken > SECONDS else None


def found(error: BaseException) -> Finding:
    """The finding that an exception is; those that come from the same line are one."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_ours(frame.filename)]
    where = f"{Path(frames[-1].filename).relative_to(ROOT)}:{frames[-1].lineno}" if frames else "?"
    return Finding(f"{type(error).__name__} at {where}", "".join(traceback.format_exception(error))[-6000:])


def _is_ours(file: str) -> bool:
    path = Path(file)
    return path.is_relative_to(ROOT) and not path.is_relative_to(ROOT / "tests")


def _out_of_memory(error: BaseException | None) -> bool:
    """Whether a refusal came of memory that ran out: then it would have come too late elsewhere."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _late(number: int, frame: FrameType | None) -> None:
    raise TooSlow(f"more than {SECONDS} seconds")


@contextmanager
def limits(*, memory: bool) -> Iterator[None]:
    """Have the limit of time, and that of memory from what the process has now; warnings are errors, logs are off."""
    before = signal.signal(signal.SIGPROF, _late)
    logging.disable(logging.CRITICAL)
    allowed = resource.getrlimit(resource.RLIMIT_AS)
    if memory:
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + GROWTH, allowed[1]))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, allowed)
        logging.disable(logging.NOTSET)
        signal.signal(signal.SIGPROF, before)
