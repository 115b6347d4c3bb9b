"""The hypervolume: how much of the space up to a reference point a set of points dominates, exactly.

Zitzler & Thiele, PPSN 1998. Two objectives by one sort; three by a sweep over a growing front (Fonseca, Paquete &
Lopez-Ibanez, CEC 2006); more by parting the volume into what each point adds, one objective fewer at each step (While,
Bradstreet & Barone, IEEE Transactions on Evolutionary Computation 16, 2012).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import BadValue
from harness.statistics.columns import column
from harness.statistics.pareto import every, non_dominated, objectives
from harness.statistics.staircase import Staircase


def hypervolume(values: ArrayLike, reference: ArrayLike) -> float:
    """The volume dominated by `values`, shape (rows, objectives), minimised, up to `reference`, shape (objectives,).

    Its unit is the product of the objectives' units. Rows that are not below the reference in all objectives, or have
    a NaN, add nothing. `BadValue` for shapes that do not match, or a reference that is not finite.
    """
    table, corner = _checked(values, reference)
    return _volume(table[every(table < corner)], corner)


def hypervolume_curve(values: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """The hypervolume of the first 1, 2, ... rows, shape (rows,): what a search has covered after each evaluation.

    `values`, in the order of evaluation, and `reference` are as for `hypervolume`.
    """
    table, corner = _checked(values, reference)
    if len(corner) == 2:
        return _staircase_curve(table, corner)
    front, total, curve = np.empty((0, len(corner))), 0.0, np.zeros(len(table))
    for i, row in enumerate(table):
        if (row < corner).all() and not (front <= row).all(axis=1).any():
            total += float(np.prod(corner - row)) - _volume(np.maximum(front, row), corner)
            front = np.concatenate([front[(front < row).any(axis=1)], [row]])
        curve[i] = total
    return curve


def _checked(values: ArrayLike, reference: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    table, corner = objectives(values), column("reference", reference).astype(np.float64)
    if table.shape[1] != len(corner):
        raise BadValue(f"values have {table.shape[1]} objectives and the reference {len(corner)}: give one for each")
    return table, corner


def _staircase_curve(table: NDArray[np.float64], corner: NDArray[np.float64]) -> NDArray[np.float64]:
    front, curve = Staircase(*corner.tolist()), []
    for x, y in table.tolist():
        front.add(x, y)
        curve.append(front.area)
    return np.array(curve)


def _volume(rows: NDArray[np.float64], corner: NDArray[np.float64]) -> float:
    """Of rows that do not exceed the corner."""
    if not len(rows):
        return 0.0
    if len(corner) == 1:
        return float(corner[0] - rows.min())
    if len(corner) == 2:
        return _area(rows, corner)
    return _swept(rows, corner) if len(corner) == 3 else _parted(rows, corner)


def _area(rows: NDArray[np.float64], corner: NDArray[np.float64]) -> float:
    order = np.argsort(rows[:, 0])
    widths = np.diff(rows[order, 0], append=corner[0])
    return float((widths * (corner[1] - np.minimum.accumulate(rows[order, 1]))).sum())


def _swept(rows: NDArray[np.float64], corner: NDArray[np.float64]) -> float:
    """Slices between neighbours in the third objective, each as large as the front of those below it."""
    order = np.argsort(rows[:, 2])
    heights = np.diff(rows[order, 2], append=corner[2])
    areas = _staircase_curve(rows[order, :2], corner[:2])
    return float((heights * areas).sum())


def _parted(rows: NDArray[np.float64], corner: NDArray[np.float64]) -> float:
    """From the worst in the last objective to the best: what each row dominates and no later one does.

    Where a later row dominates too, it does so in all of the row's extent in the last objective.
    """
    rows = rows[non_dominated(rows)]
    rows, last = rows[:, :-1], rows[:, -1]
    order = np.argsort(-last)
    total, corner, end = 0.0, corner[:-1], corner[-1]
    for i, row in enumerate(order):
        shared = np.maximum(rows[order[i + 1 :]], rows[row])
        total += (float(np.prod(corner - rows[row])) - _volume(shared, corner)) * float(end - last[row])
    return total
