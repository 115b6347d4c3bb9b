"""Comparing algorithms over paired runs: average ranks, and the probability that one beats the other.

Average ranks: Demsar, JMLR 7, 2006, section 3.2.2; probability of improvement: Agarwal et al., NeurIPS 2021,
section 4.3.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from harness.errors import BadValue
from harness.statistics.band import band
from harness.statistics.bootstrap import Interval, bootstrap
from harness.statistics.columns import column, paired


def average_ranks(values: ArrayLike, resamples: int = 1000, level: float = 0.95, seed: int = 0) -> list[Interval]:
    """The rank of each algorithm, 1 = lowest value = best, averaged over runs, with bootstrap intervals over runs.

    `values` have shape (runs, algorithms), and each run's row is ranked by itself; ties share their average rank.
    `BadValue` for another shape, no runs, or values that are not finite.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or 0 in table.shape:
        raise BadValue(f"values have shape {table.shape}: give one row per run and one column per algorithm")
    column("values", table.reshape(-1))
    ranks = rankdata(table, axis=1)
    return [Interval(*map(float, ends)) for ends in zip(*band(ranks, resamples, level, seed), strict=True)]


def probability_of_improvement(
    a: ArrayLike, b: ArrayLike, resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> Interval:
    """How probably a run of `a` ends lower, so better, than a run of `b`, over all pairs of runs; ties count half.

    `a` and `b` have shape (runs,) with equal seeds in equal rows, and the interval resamples seeds. `BadValue` for
    different lengths, no runs, or values that are not finite.
    """
    a, b = paired(a=a, b=b)
    if not len(a):
        raise BadValue("a and b are empty: give at least one run")
    return bootstrap(_improvement, a, b, resamples=resamples, level=level, seed=seed)


def _improvement(a: NDArray[Any], b: NDArray[Any]) -> float:
    """The Mann-Whitney U statistic as a share of all pairs."""
    ordered = np.sort(b)
    above = len(b) - np.searchsorted(ordered, a, side="right")
    tied = len(b) - above - np.searchsorted(ordered, a, side="left")
    return float((above + tied / 2).mean()) / len(b)
