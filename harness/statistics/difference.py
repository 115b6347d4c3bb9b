"""Is one proxy better than another? The paired bootstrap (Efron & Tibshirani 1993, chapter 8)."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.statistics.bootstrap import UNDEFINED, Interval, ends
from harness.statistics.columns import count
from harness.statistics.draws import draws
from harness.statistics.known import known_rows
from harness.statistics.rank import kendall

LEVEL = 0.95


class Difference(NamedTuple):
    """By how much A's correlation exceeds B's, and the share of resamples in which it does, ties counting half."""

    interval: Interval
    probability: float


def proxy_difference(
    a: ArrayLike,
    b: ArrayLike,
    truth: ArrayLike,
    statistic: Callable[..., float] = kendall,
    resamples: int = 1000,
    seed: int = 0,
) -> Difference:
    """`statistic(a, truth) - statistic(b, truth)`, its 95 % interval, and the probability that A is better.

    Scores of two proxies and the truth, shape (architectures,) each, higher = better; only architectures that all
    three know count. A resample draws the same architectures for both, so what makes both right or wrong together
    cancels. All is NaN where the statistic is undefined, the last three numbers also where it is in more than 5 % of
    the resamples. `BadValue` for infinite values or columns of different lengths.
    """
    a, b, truth = known_rows(a=a, b=b, truth=truth)
    point = float(statistic(a, truth)) - float(statistic(b, truth))
    drawn = draws(statistic, [(a, truth), (b, truth)], count("resamples", resamples), seed)
    gain = drawn[0] - drawn[1]
    return Difference(Interval(point, *ends(gain, LEVEL)), _probability(gain))


def _probability(gain: NDArray[np.float64]) -> float:
    known = gain[~np.isnan(gain)]
    if len(known) < (1 - UNDEFINED) * len(gain):
        return float("nan")
    return float((known > 0).mean() + (known == 0).mean() / 2)
