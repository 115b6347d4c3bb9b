"""What a ranking is worth where it matters: at its top. Higher is better for scores and for the truth.

Ties at a cut are never settled by the order of the rows: the truth's best k include all that tie with the k-th where
a subset is compared, and where k must be picked, every choice among the tied is equally likely and the exact
expectation over them is returned.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.statistics.columns import count, paired
from harness.statistics.random_search import expected_best
from harness.statistics.rank import kendall


def top_kendall(score: ArrayLike, truth: ArrayLike, k: int) -> float:
    """Kendall's tau-b among the k truly best, and all that tie with the k-th of them; NaN where it is undefined.

    `BadValue` for values that are not finite or k outside 1 to n; so for the other functions here.
    """
    score, truth, k = _checked(score, truth, k)
    best = truth >= _cut(truth, k)
    return kendall(score[best], truth[best])


def precision_at(score: ArrayLike, truth: ArrayLike, k: int) -> float:
    """The share of the k best-scored that are among the k truly best, expected over ties on either side."""
    score, truth, k = _checked(score, truth, k)
    return float((_chance(score, k) * _chance(truth, k)).sum()) / k


def best_rank_at(score: ArrayLike, truth: ArrayLike, k: int) -> float:
    """The true rank, 1 = best, of the best among the k best-scored; equal truths share the better rank."""
    score, truth, k = _checked(score, truth, k)
    better = len(truth) - np.searchsorted(np.sort(truth), truth, side="right")
    return -_expected_highest(score, -1.0 - better, k)


def regret_at(score: ArrayLike, truth: ArrayLike, k: int) -> float:
    """How far the best among the k best-scored falls short of the best of all, in the unit of the truth."""
    score, truth, k = _checked(score, truth, k)
    return float(truth.max() - _expected_highest(score, truth, k))


def _checked(score: ArrayLike, truth: ArrayLike, k: int) -> tuple[NDArray[Any], NDArray[Any], int]:
    score, truth = paired(score=score, truth=truth)
    return score, truth, count("k", k, len(score))


def _cut(values: NDArray[Any], k: int) -> Any:
    """The k-th highest value."""
    return np.partition(values, len(values) - k)[len(values) - k]


def _chance(values: NDArray[Any], k: int) -> NDArray[np.float64]:
    """The probability of each row to be among the k highest."""
    cut = _cut(values, k)
    above, tied = values > cut, values == cut
    chance: NDArray[np.float64] = above + tied * ((k - above.sum()) / tied.sum())
    return chance


def _expected_highest(score: NDArray[Any], value: NDArray[Any], k: int) -> float:
    """The highest `value` among the k best-scored, expected over which of those tied at the cut are picked."""
    cut = _cut(score, k)
    above = value[score > cut]
    tied = np.maximum(value[score == cut], above.max() if len(above) else -np.inf)
    return float(expected_best(tied, tied, k - len(above)))
