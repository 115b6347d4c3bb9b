"""Means of the columns of a matrix with their bootstrap intervals, all columns from the same resampled runs."""

from collections.abc import Sequence
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
    return stratified([matrix], resamples, level, seed)


def stratified(matrices: Sequence[NDArray[np.float64]], resamples: int, level: float, seed: int) -> Band:
    """Mean over data sets of the means over runs, from one matrix (runs, points) per data set, all equally wide.

    Runs are resampled within their data set, each data set weighs the same whatever its number of runs (Agarwal et
    al., NeurIPS 2021, section 4.1), and the data sets themselves are taken as given. NaN as for `band`: the ends
    already when one data set has a single run.
    """
    rng = np.random.default_rng(seed)
    known = np.logical_and.reduce([np.isfinite(matrix).all(axis=0) for matrix in matrices])
    result = np.full((3, len(known)), np.nan)
    ends = np.array(tails(level))
    drawn = [resampled(len(matrix), resamples, rng) for matrix in matrices]
    result[0, known] = np.mean([matrix[:, known].mean(axis=0) for matrix in matrices], axis=0)
    if min(map(len, matrices)) > 1 and known.any():
        means = sum(times @ matrix[:, known] / len(matrix) for times, matrix in zip(drawn, matrices, strict=True))
        result[1:, known] = np.quantile(means / len(matrices), ends, axis=0)
    return Band(*result)


def resampled(runs: int, resamples: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """How often each run is drawn in each resample, shape (resamples, runs)."""
    return rng.multinomial(runs, np.full(runs, 1 / runs), size=count("resamples", resamples))
