"""Whether a cluster has anybody at all who can do what waits to be done."""

import logging
import math
import time
from collections.abc import Iterable
from typing import Any

from distributed import Client

from harness.errors import BadValue

PATIENCE = 60.0
"""Seconds in which workers may come, or come back, before anything is said."""

LOOK = 10.0
"""Seconds between two looks."""

NOBODY = "no worker"

log = logging.getLogger("nasgauge")


class Lack:
    """Is told what waits, and says so when for `PATIENCE` seconds nobody was there for some of it."""

    def __init__(self, client: Client) -> None:
        self._client, self._looked = client, -math.inf
        self._missing, self._since, self._said = "", -math.inf, False

    def look(self, parts: Iterable[Any]) -> None:
        """Log once that no worker is connected; `BadValue` where those that are do not offer what a part needs."""
        now = time.monotonic()
        if now - self._looked < LOOK:
            return
        self._looked = now
        if (missing := self._missing_for(parts)) != self._missing:
            self._missing, self._since, self._said = missing, now, False
        if missing and not self._said and now - self._since >= PATIENCE:
            self._said = True
            self._say()

    def _missing_for(self, parts: Iterable[Any]) -> str:
        if (found := self._client.scheduler_info().get("workers")) is None:
            return ""  # the connection is lost, which is not for us to tell
        workers = found.values()
        offered = {name for worker in workers for name, amount in worker["resources"].items() if amount > 0}
        needed = {name for part in parts for name in getattr(part, "needs", {})}
        return min(needed - offered, default="") if workers else NOBODY

    def _say(self) -> None:
        if self._missing == NOBODY:
            log.warning(
                "no worker is connected, and the run waits for some: start them, or see whether the jobs wait in the "
                "queue"
            )
            return
        raise BadValue(
            f"no worker offers a {self._missing}: start one with --resources {self._missing}=1, or give gpus = 1 in "
            "[engine] where it asks for jobs; without --device cuda nothing needs one"
        )
