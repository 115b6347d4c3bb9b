"""Parts of a work in parallel processes, none of which outlives the run."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from harness.errors import BadValue

T = TypeVar("T")


def in_processes(task: Callable[[T], None], parts: Sequence[T], workers: int) -> Iterator[T]:
    """Run the task on every part and yield the parts as they are done; one worker is this process itself.

    The first error ends all processes at once: a task writes its part whole or not at all, so nothing is lost but time.
    """
    if workers == 1 or len(parts) < 2:
        for part in parts:
            task(part)
            yield part
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(parts)), mp_context=context, initializer=_begin) as pool:
        futures = {pool.submit(task, part): part for part in parts}
        try:
            for future in as_completed(futures):
                future.result()
                yield futures[future]
        except BrokenProcessPool as error:
            raise BadValue(
                "a process died, perhaps for want of memory; run it again, with fewer --workers: what is done is kept"
            ) from error
        except BaseException:
            for future in futures:
                future.cancel()
            for process in multiprocessing.active_children():
                process.terminate()  # the pool waits for their end as it closes: two who wait for a process miss it
            raise


def _begin() -> None:
    """In a worker: an interrupt is for the run to handle, and the end of the run is the end of the worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
