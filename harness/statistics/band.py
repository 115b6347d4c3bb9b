"""Means of the columns of a matrix with their bootstrap intervals, all columns from the same resampled runs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.statistics.bootstrap import tails
from harness.statistics.columns import count


class Band(NamedTuple):
    """A curve and the ends of its interval at each point, shape (points,) each."""

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def band(matrix: NDArray[np.float64], resamples: int, level: float, seed: int) -> Band:
    """Mean over the runs of a matrix (runs, points), with percentile intervals over resampled runs.

    A point at which any run has no finite value is NaN; with a single run the ends are NaN.
    """
    runs, points = matrix.shape
    known = np.isfinite(matrix).all(axis=0)
    result = np.full((3, points), np.nan)
    share = np.full(runs, 1 / runs)
    drawn = np.random.default_rng(seed).multinomial(runs, share, size=count("resamples", resamples))
    result[0, known] = matrix[:, known].mean(axis=0)
    ends = np.array(tails(level))
    if runs > 1 and known.any():
        result[1:, known] = np.quantile(drawn @ matrix[:, known] / runs, ends, axis=0)
    return Band(*result)
