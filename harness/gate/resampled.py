"""Kendall's tau-b of many resamples of the same rows: products of matrices where the rows are few."""

import numpy as np
from numpy.typing import NDArray

from harness.statistics.codes import codes
from harness.statistics.rank import kendall

FEW = 1000
"""Above so many rows sorting each resample, O(n log n), is quicker than comparing all pairs once."""


def resampled_kendall(
    score: NDArray[np.float64], truth: NDArray[np.float64], times: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Tau-b when row i counts `times[k, i]` times in resample k, shape (resamples,).

    A column that is constant in a resample ranks nothing: 0.
    """
    x, y = codes(score), codes(truth)
    if len(x) > FEW:
        return np.nan_to_num([kendall(np.repeat(x, row), np.repeat(y, row)) for row in times])
    weights = times.astype(np.float32)
    signs = [np.sign(np.subtract.outer(column, column, dtype=np.int64)).astype(np.float32) for column in (x, y)]
    agreeing, untied_x, untied_y = (
        _pairs(weights, a * b) for a, b in ((signs[0], signs[1]), (signs[0], signs[0]), (signs[1], signs[1]))
    )
    scale = np.sqrt(untied_x * untied_y)
    return np.divide(agreeing, scale, out=np.zeros(len(times)), where=scale > 0)


def _pairs(weights: NDArray[np.float32], signs: NDArray[np.float32]) -> NDArray[np.float64]:
    """The sum over all pairs of rows; every number on the way is whole, so that nothing is rounded."""
    total: NDArray[np.float64] = np.einsum("ki,ki->k", weights @ signs, weights, dtype=np.float64)
    return total
