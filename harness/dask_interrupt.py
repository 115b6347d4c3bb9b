"""An interrupt from the terminal reaches every process of its group, and is for the run alone to handle."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let an interrupt wait for the end of the block; processes that are started by its threads never hear of one."""
    resource_tracker.ensure_running()  # it would take the mask from the thread that first starts a process
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    with _waiting():
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextmanager
def _waiting() -> Iterator[None]:
    """For the interrupt that another thread of ours takes, whose mask is its own: Python hands it to the main one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if heard:
            signal.raise_signal(signal.SIGINT)
