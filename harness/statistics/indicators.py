"""How far a set of points is from the exact front: IGD+ and the additive epsilon indicator, 0 = all of it found.

Both add or compare objectives, so give them on one scale (`unit_scale`). Rows with a NaN or an infinity are left out.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import BadValue
from harness.statistics.pareto import non_dominated, objectives

CHUNK = 1 << 20
"""Differences held at a time."""


def igd_plus(values: ArrayLike, front: ArrayLike) -> float:
    """The mean distance of the points of `front` from what `values` dominate (Ishibuchi et al., EMO 2015).

    Both have shape (rows, objectives) and are minimised. Infinite without values; `BadValue` without a front, or for
    different numbers of objectives.
    """
    distances = [np.sqrt((np.maximum(gaps, 0) ** 2).sum(axis=2)).min(axis=1) for gaps in _gaps(values, front)]
    return float(np.concatenate(distances).mean())


def additive_epsilon(values: ArrayLike, front: ArrayLike) -> float:
    """By how much `values` must be lowered in all objectives to cover all of `front`.

    Zitzler et al., IEEE Transactions on Evolutionary Computation 7, 2003. Negative where they reach beyond it.
    Arguments and errors as for `igd_plus`.
    """
    return max(float(gaps.max(axis=2).min(axis=1).max()) for gaps in _gaps(values, front))


def _gaps(values: ArrayLike, front: ArrayLike) -> Iterator[NDArray[np.float64]]:
    """By how much each value exceeds each point of the front, in pieces of shape (points, values, objectives).

    Dominated values never come closer than what dominates them, so they are left out.
    """
    rows, points = (table[np.isfinite(table).all(axis=1)] for table in (objectives(values), objectives(front)))
    if rows.shape[1] != points.shape[1]:
        raise BadValue(f"values have {rows.shape[1]} objectives and the front {points.shape[1]}: give the same ones")
    if not len(points):
        raise BadValue("front has no row that is finite in all objectives: give at least one")
    rows = rows[non_dominated(rows)] if len(rows) else np.full((1, points.shape[1]), np.inf)
    step = max(1, CHUNK // rows.size)
    for start in range(0, len(points), step):
        yield rows - points[start : start + step, None]
