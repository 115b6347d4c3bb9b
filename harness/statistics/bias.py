"""Which operations does a score over-rate? The error of each architecture's rank, explained by what it is made of."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import BadValue
from harness.statistics.bootstrap import Interval, ends
from harness.statistics.codes import codes
from harness.statistics.columns import count, matrix
from harness.statistics.known import known_rows
from harness.statistics.rank import centred_ranks

LEVEL = 0.95
NEGLIGIBLE = 1e-10
"""Directions of the design with a smaller share of its largest singular value squared count as collinear."""


def operation_bias(
    score: ArrayLike, truth: ArrayLike, counts: ArrayLike, resamples: int = 1000, seed: int = 0
) -> list[Interval]:
    """By how many percentage points of rank one more of each operation is over-rated (+) or under-rated (-).

    `score` and `truth`, shape (architectures,), higher = better; `counts`, shape (architectures, operations), how often
    each operation occurs. The rank by score less the rank by truth, in percent of the architectures, is explained by
    least squares with all counts at once; the intervals hold 95 % of the resamples of architectures, each ranked anew.

    Counts that add up to the same in every architecture fix only the differences between operations. Of all solutions
    the one with the smallest sum of squares is given: then the values add up to zero, and each is relative to the mean
    over the operations. Architectures without score or truth are left out. NaN for an operation whose count never
    varies, or in more than 5 % of the resamples. `BadValue` for infinite values or shapes that do not fit.
    """
    table = matrix("counts", counts, "one row per architecture and one column per operation")
    if not np.isfinite(table).all():
        raise BadValue(f"counts of row {np.argwhere(~np.isfinite(table))[0, 0]} are not all finite: give whole rows")
    x, y, rows = known_rows(score=score, truth=truth, counts=np.arange(len(table)))
    ranked = codes(x), codes(y), np.ascontiguousarray(table[rows].T)
    points, samples = _bias(*ranked), _resampled(*ranked, count("resamples", resamples), seed)
    return [Interval(float(value), *ends(sample, LEVEL)) for value, sample in zip(points, samples, strict=True)]


def _resampled(
    score: NDArray[Any], truth: NDArray[Any], table: NDArray[np.float64], resamples: int, seed: int
) -> NDArray[np.float64]:
    """The biases in each resample of the architectures, shape (operations, resamples)."""
    n, rng = len(score), np.random.default_rng(seed)
    drawn = np.full((len(table), resamples), np.nan)
    for i in range(resamples if n > 1 else 0):
        rows = rng.integers(n, size=n)
        drawn[:, i] = _bias(score[rows], truth[rows], table.take(rows, axis=1))
    return drawn


def _bias(score: NDArray[Any], truth: NDArray[Any], table: NDArray[np.float64]) -> NDArray[np.float64]:
    """The least-squares effect of each operation on the difference of ranks; `table` has shape (operations, n)."""
    n = len(score)
    if n < 2:
        return np.full(len(table), np.nan)
    over = 100 * (centred_ranks(score) - centred_ranks(truth)) / n
    centred = table - table.mean(axis=1, keepdims=True)
    inverse = np.linalg.pinv(centred @ centred.T, rcond=NEGLIGIBLE, hermitian=True)
    return np.where(np.ptp(table, axis=1) > 0, inverse @ (centred @ over), np.nan)
