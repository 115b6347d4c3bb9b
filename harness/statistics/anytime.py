"""Anytime curves: what each run had in hand at a time, as step functions that are never interpolated."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import BadValue
from harness.statistics.band import Band, band
from harness.statistics.columns import ascending, column, numbers, same_length

Run = tuple[ArrayLike, ArrayLike]
"""Times, ascending, and the value that holds from each time on."""


def step_values(times: ArrayLike, values: ArrayLike, grid: ArrayLike) -> NDArray[np.float64]:
    """The value that holds at each point of `grid`, shape (points,): NaN before the first time, the last one after.

    Of several values at the same time the last one holds. `BadValue` for times that are not finite or not ascending.
    """
    when = ascending("times", times)
    held = numbers("values", values)
    same_length(("times", "values"), (when, held))
    return np.concatenate([[np.nan], held])[np.searchsorted(when, np.asarray(grid), side="right")]


def anytime(runs: Sequence[Run], grid: ArrayLike, resamples: int = 1000, level: float = 0.95, seed: int = 0) -> Band:
    """Mean over the runs at each point of `grid`, and its bootstrap interval over runs, shape (points,) each.

    NaN where a run has no finite value yet: a mean over the quicker runs only would be a mean of something else.
    `BadValue` without runs.
    """
    return band(_matrix(runs, grid), resamples, level, seed)


def quartiles(runs: Sequence[Run], grid: ArrayLike) -> tuple[NDArray[np.float64], ...]:
    """Lower quartile, median and upper quartile over the runs at each point of `grid`; NaN as for `anytime`."""
    matrix = _matrix(runs, grid)
    known = np.isfinite(matrix).all(axis=0)
    result = np.full((3, matrix.shape[1]), np.nan)
    if known.any():
        result[:, known] = np.quantile(matrix[:, known], (0.25, 0.5, 0.75), axis=0)
    return tuple(result)


def _matrix(runs: Sequence[Run], grid: ArrayLike) -> NDArray[np.float64]:
    """Shape (runs, points)."""
    if not len(runs):
        raise BadValue("no runs: give at least one pair of times and values")
    points = column("grid", grid)
    return np.stack([step_values(times, values, points) for times, values in runs])
