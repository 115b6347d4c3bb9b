"""A clock on the wall that is set back does not stop Dask.

Dask holds messages back for some milliseconds, to send several at once (`distributed.batched`), and measures these by
that clock: set back by a day, it would hold them back for a day, even if the clock is set right a moment later.
"""

import math
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from distributed import Client, get_worker
from distributed.batched import BatchedSend
from distributed.core import Status

LOOK = 1.0
"""Seconds between two looks of a worker."""

STEP = 0.1
"""Seconds that the clock may be set by: so long messages may wait."""


class Clock:
    """Who looks at it now and then has sent whatever the streams hold back, when the clock was set."""

    def __init__(self, streams: Callable[[], Iterable[BatchedSend | None]]) -> None:
        self._streams = streams
        self._ahead = math.inf  # of the clock that only goes forward; at the first look nobody knows what was before

    def look(self) -> None:
        """Call it from any thread."""
        ahead = time.time() - time.monotonic()
        if abs(ahead - self._ahead) > STEP:
            for one in self._streams():
                if one is not None:
                    one.loop.add_callback(_send, one)
        self._ahead = ahead


def streams_of(client: Client) -> list[BatchedSend | None]:
    """The client's own, and those of its cluster's scheduler where that is in this process."""
    found = [client.scheduler_comm]
    for name in ("stream_comms", "client_comms"):
        found += list(getattr(getattr(client.cluster, "scheduler", None), name, {}).values())
    return found


def watch() -> None:
    """In a part that a worker is at: let this worker look for as long as it lives."""
    _watch(get_worker())


@cache
def _watch(worker: Any) -> None:
    clock = Clock(lambda: [worker.batched_stream])

    def look() -> None:
        while worker.status not in (Status.closed, Status.failed):
            clock.look()
            time.sleep(LOOK)

    threading.Thread(target=look, name="nasgauge clock", daemon=True).start()


def _send(stream: BatchedSend) -> None:
    stream.next_deadline = None
    stream.waker.set()
