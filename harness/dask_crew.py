"""Workers of Dask that do a task, as one crew: handed parts, asked which are done."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any

import distributed
from distributed import Client, Future
from distributed.client import FutureCancelledError
from distributed.comm import CommClosedError

from harness.dask_clock import Clock, streams_of
from harness.dask_lack import Lack
from harness.dask_worker import Setting
from harness.errors import BadValue
from harness.executors import Crew, Done, P, Task, width_of

BACKLOG = 4
"""Parts that are handed over for each worker thread, so that no worker waits for the driver and memory stays flat."""

LEAST = 64
"""Parts that are handed over however few workers there are yet: a cluster that grows must see that there is work."""

LOOK = 2.0
"""Seconds between two looks at the workers."""

GONE = (FutureCancelledError, CommClosedError)
"""What Dask raises when it has lost its scheduler."""

UNREACHED = (OSError, RuntimeError, AttributeError)
"""What it raises when it is asked something then: the last one where it has closed its client."""

Function = Callable[[Setting, Task[Any], Any], Any]
"""What a worker calls: it does the task on the part, in the driver's setting."""


class ClusterCrew(Crew[P]):
    """The workers of a cluster. Of crews that want the same worker, the one of higher priority gets it."""

    def __init__(
        self, client: Client, task: Task[P], setting: Setting, function: Function, *, priority: int = 0
    ) -> None:
        self._client, self._task, self._setting = client, task, setting
        self._function, self._priority = function, priority
        self._parts: dict[Future, P] = {}
        self._finished: SimpleQueue[Future] = SimpleQueue()
        self._threads, self._looked = 0, -math.inf
        self._lack, self._clock = Lack(client), Clock(lambda: streams_of(client))

    @property
    def room(self) -> int:
        """By the number of threads, which may change: the scheduler is asked now and then.

        Parts of some width are handed over until their own parts are enough for every thread.
        """
        if time.monotonic() - self._looked > LOOK:
            with _scheduler_there(*UNREACHED):
                self._threads, self._looked = sum(self._client.nthreads().values()), time.monotonic()
        wide = sum(width for part in self._parts.values() if (width := width_of(part)) > 1)
        return 0 if wide >= max(1, self._threads) else max(LEAST, BACKLOG * self._threads) - len(self._parts)

    def submit(self, part: P) -> None:
        """Hand a part to the scheduler, with what it `needs` of a worker."""
        needs = getattr(part, "needs", {})
        with _scheduler_there():
            future = self._client.submit(
                self._function, self._setting, self._task, part, pure=False, resources=needs, priority=self._priority
            )
        self._parts[future] = part
        future.add_done_callback(self._finished.put)

    def wait(self, seconds: float | None = None) -> list[Done[P]]:
        """Wait until a part is done, or for so long.

        Raises what the task raised, and `BadValue` without a scheduler, or without workers that could do a part.
        """
        until = math.inf if seconds is None else time.monotonic() + seconds
        while self._parts and not (futures := self._done(min(LOOK, max(0.0, until - time.monotonic())))):
            self._clock.look()
            with _scheduler_there(*UNREACHED):
                self._lack.look(self._parts.values())
            if time.monotonic() >= until:
                return []
        return [Done(self._parts.pop(future), self._result(future)) for future in futures] if self._parts else []

    def _done(self, seconds: float) -> list[Future]:
        """Those that are done since, after so many seconds at most."""
        try:
            futures = [self._finished.get(timeout=seconds)]
        except Empty:
            return []
        while not self._finished.empty():
            futures.append(self._finished.get())
        return futures

    def _result(self, future: Future) -> Any:
        try:
            with _scheduler_there():
                return future.result()
        except distributed.KilledWorker as error:
            raise BadValue(
                f"workers died again and again at the same part of the work ({error.last_worker.host}), perhaps for "
                "want of memory; run it again, with more memory for each: what is done is kept"
            ) from error

    def cancel(self) -> None:
        """Take back what is not done; what a worker is at, it finishes or not."""
        with suppress(OSError, TimeoutError, *GONE):
            self._client.cancel(list(self._parts), force=True)


@contextmanager
def _scheduler_there(*more: type[Exception]) -> Iterator[None]:
    """Say so when the scheduler is gone, which `more` errors tell too: Dask then takes its promises back."""
    try:
        yield
    except (*GONE, *more) as error:
        raise BadValue("the scheduler of Dask is gone; start it, and run this again: what is done is kept") from error
