"""Taking the time of a computation, many times over, with an interval for its median."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from scipy.stats import binom

from harness.cores import cores
from harness.errors import BadValue
from harness.latency.table import Timing
from harness.live.device import usable

FEWEST = 6
"""Fewer sweeps have no interval of 95 %: the median lies outside all six of them with a probability of 2 / 2^6."""

Call = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Clock:
    """How the time is taken: `batch` images at once, on so many `threads` of the CPU or on another `device`.

    Whatever is compared is timed in `sweeps`, one after the other in each, so that what slows the machine for a while
    slows all alike. A sweep's time is the median over `runs`, after `warm_up` of them; a run repeats the call until it
    takes `least` milliseconds, so that the clock's own time does not count. One thread of the CPU has a clock of its
    own, which stands still while another process has the core; everything else is timed by the clock on the wall.
    """

    device: str = "cpu"
    threads: int = 1
    batch: int = 1
    sweeps: int = 9
    runs: int = 11
    warm_up: int = 3
    least: float = 0.5

    def __post_init__(self) -> None:
        for name, low in (("threads", 1), ("batch", 1), ("sweeps", FEWEST), ("runs", 1), ("warm_up", 0)):
            if getattr(self, name) < low:
                raise BadValue(f"{name} = {getattr(self, name)!r}: give a whole number of at least {low}")
        if self.threads > cores():
            raise BadValue(f"threads = {self.threads}: this process may use {cores()} cores; give no more threads")
        if not self.least > 0:
            raise BadValue(f"least = {self.least!r} milliseconds for a run: give more than 0")
        usable(self.device)

    @property
    def own(self) -> bool:
        """Whether the thread's own clock is read."""
        return self.device == "cpu" and self.threads == 1

    def describe(self) -> dict[str, Any]:
        """What has to be said with a number that it gave."""
        return {**asdict(self), "clock": "of the thread" if self.own else "on the wall"}

    def sweep(self, call: Call) -> float:
        """Milliseconds of one call, in one sweep."""
        with self._set(), torch.inference_mode():
            calls = 1
            while self._run(call, calls) < self.least:
                calls *= 2
            for _ in range(self.warm_up):
                self._run(call, calls)
            return float(np.median([self._run(call, calls) / calls for _ in range(self.runs)]))

    def _run(self, call: Call, calls: int) -> float:
        """Milliseconds of so many calls in a row."""
        now = time.thread_time_ns if self.own else time.perf_counter_ns
        self._wait()
        began = now()
        for _ in range(calls):
            call()
        self._wait()
        return (now() - began) / 1e6

    def _wait(self) -> None:
        """Wait until the device has done what it was told."""
        if self.device.startswith("cuda"):
            torch.cuda.synchronize(self.device)

    @contextmanager
    def _set(self) -> Iterator[None]:
        before = torch.get_num_threads()
        torch.set_num_threads(self.threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def median_of(milliseconds: Sequence[float]) -> Timing:
    """The median of at least `FEWEST` sweeps, and the order statistics that enclose it with 95 % confidence or more.

    Whatever the distribution, the number of independent values below the median is binomial with probability 1/2, as in
    the sign test. `BadValue` for fewer.
    """
    ordered, n = sorted(milliseconds), len(milliseconds)
    if n < FEWEST:
        raise BadValue(f"{n} sweeps have no interval of 95 % for their median: give at least {FEWEST}")
    rank = int(binom.ppf(0.025, n, 0.5))
    return Timing(float(np.median(ordered)), ordered[rank - 1], ordered[n - rank], n)
