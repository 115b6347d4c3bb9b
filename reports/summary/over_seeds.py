"""From one number per seed to one number."""

from collections.abc import Iterable

import numpy as np

from harness.statistics.bootstrap import Interval
from harness.statistics.mean import mean_interval

UNKNOWN = Interval(float("nan"), float("nan"), float("nan"))
WORK = 200_000
"""Architectures times resamples of one bootstrap: what keeps a report within seconds."""
LEAST, MOST, IN_ALL = 200, 400, 1000
"""The fewest resamples of a seed, for the ends of a 95 % interval need some beyond them, the most, and those of all."""
DETAIL = 1 / 3
"""The share of the work that a number of a detail table gets."""


def resamples(n: int, seeds: int, share: float = 1.0) -> int:
    """How often a bootstrap over `n` architectures is to draw, when each of so many seeds has one."""
    return int(np.clip(WORK * share // max(n, 1), LEAST, np.clip(IN_ALL // max(seeds, 1), LEAST, MOST)))


def over_seeds(intervals: Iterable[Interval], low: float = -1.0, high: float = 1.0) -> Interval:
    """The mean over seeds; its bounds hold both the t interval over seeds and the mean bootstrap over architectures.

    Three seeds alone may agree by luck, and a proxy without a seed agrees always; the bootstrap alone does not see how
    much a proxy's own seed matters. No bound is below `low` or above `high`, the ends of what the number can be.
    """
    found = np.array([interval for interval in intervals if np.isfinite(interval.point)])
    if len(found) == 0:
        return UNKNOWN
    point, least, most = found.mean(axis=0).tolist()
    if len(found) > 1:
        between = mean_interval(found[:, 0])
        least, most = min(least, between.low), max(most, between.high)
    return Interval(point, max(least, low), min(most, high))


def mean_over(values: Iterable[float]) -> float:
    """The mean over the seeds in which the number is defined; NaN where it never is."""
    found = [value for value in values if np.isfinite(value)]
    return float(np.mean(found)) if found else float("nan")
