"""A clock on the wall that is set back does not stop Dask.

Dask holds messages back for some milliseconds, to send several at once (`distributed.batched`), and measures these by
that clock: set back by a day, it would hold them back for a day, even if the clock is set right a moment later.
"""

import gc
import math
import threading
import time
from functools import cache

from distributed.batched import BatchedSend

LOOK = 1.0
"""Seconds between two looks of a worker."""

STEP = 0.1
"""Seconds that the clock may be set by: so long messages may wait."""


class Clock:
    """Who looks at it now and then has whatever waits in this process sent when the clock was set."""

    def __init__(self) -> None:
        self._ahead = math.inf  # of the clock that only goes forward; at the first look nobody knows what was before

    def look(self) -> None:
        """Call it from any thread."""
        ahead = time.time() - time.monotonic()
        if abs(ahead - self._ahead) > STEP:
            for one in gc.get_objects():
                if type(one) is BatchedSend:
                    one.loop.add_callback(_send, one)
        self._ahead = ahead


@cache
def watch() -> None:
    """Look for as long as this process lives."""

    def look() -> None:
        clock = Clock()
        while True:
            clock.look()
            time.sleep(LOOK)

    threading.Thread(target=look, name="nasgauge clock", daemon=True).start()


def _send(stream: BatchedSend) -> None:
    stream.next_deadline = None
    stream.waker.set()
