"""Average ranks over time: algorithms ranked against each other within each data set and seed, at each time.

Ranks: Demsar, JMLR 7, 2006, section 3.2.2; over time, as in Feurer et al., NeurIPS 2015.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from harness.errors import BadValue
from harness.statistics.band import Band, stratified


def ranks_over_time(values: Sequence[ArrayLike], resamples: int = 1000, level: float = 0.95, seed: int = 0) -> Band:
    """Ranks, 1 = lowest value = best, averaged over seeds and then over data sets, shape (algorithms, points) each.

    `values` hold for each data set an array (seeds, algorithms, points), as of `step_values`; equal seeds in equal
    rows. Ties share their average rank. A point at which any run has no value yet, NaN, is NaN for all: give +inf for
    a run that is to rank last. The interval resamples seeds within each data set. `BadValue` for no data sets, or
    arrays of another shape.
    """
    tables = [np.asarray(table, dtype=np.float64) for table in values]
    shapes = {table.shape[1:] for table in tables}
    if len(shapes) != 1 or any(table.ndim != 3 or 0 in table.shape for table in tables):
        given = ", ".join(str(table.shape) for table in tables) or "none"
        raise BadValue(
            f"shapes of values: {given}: give for each data set one array (seeds, algorithms, points), "
            "with the same algorithms and points in all"
        )
    (shape,) = shapes
    curves = stratified([_ranks(table) for table in tables], resamples, level, seed)
    return Band(*(curve.reshape(shape) for curve in curves))


def _ranks(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shape (seeds, algorithms * points)."""
    ranks: NDArray[np.float64] = rankdata(table, axis=1).reshape(len(table), -1)
    return ranks
