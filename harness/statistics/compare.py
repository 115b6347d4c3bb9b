"""Comparing algorithms over runs: average ranks, and the probability that one beats the other.

Average ranks: Demsar, JMLR 7, 2006, section 3.2.2; probability of improvement: Agarwal et al., NeurIPS 2021,
section 4.3.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from harness.errors import BadValue
from harness.statistics.band import band, resampled
from harness.statistics.bootstrap import Interval, tails
from harness.statistics.columns import column, count, paired, runs_by_algorithms

CHUNK = 1 << 20
"""Resampled runs held at a time."""


def average_ranks(values: ArrayLike, resamples: int = 1000, level: float = 0.95, seed: int = 0) -> list[Interval]:
    """The rank of each algorithm, 1 = lowest value = best, averaged over runs, with bootstrap intervals over runs.

    `values` have shape (runs, algorithms), and each run's row is ranked by itself; ties share their average rank.
    `BadValue` for another shape, no runs, or values that are not finite.
    """
    ranks = rankdata(runs_by_algorithms(values), axis=1)
    return [Interval(*map(float, ends)) for ends in zip(*band(ranks, resamples, level, seed), strict=True)]


def probability_of_improvement(
    a: ArrayLike, b: ArrayLike, resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> Interval:
    """How probably a run of `a` ends lower, so better, than a run of `b`, over all pairs of runs; ties count half.

    `a` and `b` have shape (runs,) with equal seeds in equal rows, and the interval resamples seeds. `BadValue` for
    different lengths, no runs, or values that are not finite.
    """
    a, b = paired(a=a, b=b)
    _at_least_one(a, b)
    n, ends = len(a), tails(level)
    rng, left, draws = np.random.default_rng(seed), count("resamples", resamples), []
    while left > 0:
        rows = rng.integers(n, size=(min(left, max(1, CHUNK // n)), n))
        drawn = _how_often(rows)
        draws.append(_improvement(a, b, drawn, drawn))
        left -= len(rows)
    return _interval(_observed(a, b), np.concatenate(draws) if n > 1 else np.array([np.nan]), ends)


def average_improvement(
    a: Sequence[ArrayLike], b: Sequence[ArrayLike], resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> Interval:
    """The probability of improvement averaged over data sets, given the runs' final values on each of them.

    The interval is rliable's: runs of `a` and of `b` are resampled apart, within each data set, so that their numbers
    may differ; `probability_of_improvement` keeps the seeds of one data set paired. The ends are NaN when `a` or `b`
    has a single run on a data set. `BadValue` for different numbers of data sets, none, or values not finite.
    """
    if len(a) != len(b) or not len(a):
        raise BadValue(f"a has runs of {len(a)} data sets and b of {len(b)}: give both on the same ones, at least one")
    rng = np.random.default_rng(seed)
    ends = tails(level)
    points, draws = [], []
    for i, (values_a, values_b) in enumerate(zip(a, b, strict=True)):
        runs_a, runs_b = column(f"a[{i}]", values_a), column(f"b[{i}]", values_b)
        _at_least_one(runs_a, runs_b)
        points.append(_observed(runs_a, runs_b))
        drawn = resampled(len(runs_a), resamples, rng), resampled(len(runs_b), resamples, rng)
        draws.append(_improvement(runs_a, runs_b, *drawn) if min(len(runs_a), len(runs_b)) > 1 else np.nan)
    return _interval(float(np.mean(points)), sum(draws) / len(draws), ends)


def _at_least_one(a: NDArray[Any], b: NDArray[Any]) -> None:
    if not len(a) or not len(b):
        raise BadValue(f"{len(a)} runs of a and {len(b)} of b are empty: give at least one of each on every data set")


def _how_often(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each of n runs stands in each row of run numbers, shape (resamples, n) as `rows` have."""
    resamples, n = rows.shape
    places = rows + n * np.arange(resamples)[:, None]
    return np.bincount(places.reshape(-1), minlength=rows.size).reshape(rows.shape)


def _observed(a: NDArray[Any], b: NDArray[Any]) -> float:
    return float(_improvement(a, b, np.ones((1, len(a)), np.int64), np.ones((1, len(b)), np.int64))[0])


def _improvement(
    a: NDArray[Any], b: NDArray[Any], drawn_a: NDArray[np.int64], drawn_b: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The Mann-Whitney U statistic as a share of all pairs, when each run counts as often as it was drawn.

    `drawn_a` and `drawn_b` have shape (resamples, runs), and the result (resamples,). Values are sorted only once.
    """
    order = np.argsort(b)
    below = np.zeros((len(drawn_b), len(b) + 1), np.int64)
    np.cumsum(drawn_b[:, order], axis=1, out=below[:, 1:])
    # Twice the number of runs of b that each run of a is not better than, those it ties with counting half.
    losses = below[:, np.searchsorted(b[order], a)] + below[:, np.searchsorted(b[order], a, side="right")]
    share: NDArray[np.float64] = 1 - (drawn_a * losses).sum(axis=1) / (2 * len(a) * len(b))
    return share


def _interval(point: float, draws: Any, ends: tuple[float, float]) -> Interval:
    low, high = np.quantile(draws, ends)
    return Interval(point, float(low), float(high))
