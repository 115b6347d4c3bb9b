"""Blocks in parallel processes, none of which outlives the run."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from harness.errors import BadValue
from harness.experiment.blocks import Block


def in_processes(task: Callable[[Block], None], blocks: list[Block], workers: int) -> Iterator[Block]:
    """Run the task on every block and yield the blocks as they are done; one worker is this process itself.

    The first error ends all processes at once: a block is written whole or not at all, so nothing is lost but time.
    """
    if workers == 1 or len(blocks) < 2:
        for block in blocks:
            task(block)
            yield block
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(blocks)), mp_context=context, initializer=_begin) as pool:
        futures = {pool.submit(task, block): block for block in blocks}
        try:
            for future in as_completed(futures):
                future.result()
                yield futures[future]
        except BrokenProcessPool as error:
            raise BadValue(
                "a process died, perhaps for want of memory; run it again, with fewer --workers: what is done is kept"
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            children = multiprocessing.active_children()
            for process in children:
                process.terminate()
            for process in children:
                process.join()
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
