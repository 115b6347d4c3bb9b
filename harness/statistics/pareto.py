"""Pareto fronts: the rows of a table that no other row is as good as in all objectives and better in one.

All objectives are minimised. Two and three objectives are swept in O(n log n) (Kung, Luccio & Preparata, Journal of
the ACM 22, 1975).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import BadValue
from harness.statistics.codes import codes
from harness.statistics.columns import matrix
from harness.statistics.staircase import Staircase


def non_dominated(values: ArrayLike) -> NDArray[np.bool_]:
    """Whether each row of `values`, shape (rows, objectives), is dominated by no other; equal rows stay together.

    A row with a NaN was not measured in all objectives: it neither counts as non-dominated nor dominates. `BadValue`
    for another shape, no objectives, or -inf.
    """
    table = objectives(values)
    known = np.flatnonzero(every(~np.isnan(table)))
    order = known[_lexicographic(table[known])]
    rows = table[order]
    distinct = np.ones(len(rows), dtype=bool)
    distinct[1:] = ~every(rows[1:] == rows[:-1])
    mask = np.zeros(len(table), dtype=bool)
    mask[order] = _first_front(rows[distinct])[np.cumsum(distinct) - 1]
    return mask


def pareto_front(values: ArrayLike) -> NDArray[np.int64]:
    """The non-dominated rows of a table, as row numbers in the order of the first objective, then the others.

    Rows with a NaN are left out; errors as for `non_dominated`.
    """
    table = objectives(values)
    rows = np.flatnonzero(non_dominated(table))
    return rows[_lexicographic(table[rows])]


def objectives(values: ArrayLike) -> NDArray[np.float64]:
    """`values` as numbers, shape (rows, objectives), rows may be none; `BadValue` says what is wrong."""
    if isinstance(values, np.ndarray) and values.ndim == 2 and len(values) == 0 < values.shape[1]:
        return np.empty(values.shape)
    table = matrix("values", values, "one row per architecture and one column per objective")
    if np.isneginf(table).any():
        row, objective = np.argwhere(np.isneginf(table))[0]
        raise BadValue(f"values[{row}, {objective}] is -inf: objectives are minimised, so give finite ones, or +inf")
    return table


def every(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether all columns of each row are true: column by column, which is many times quicker than row by row."""
    result: NDArray[np.bool_] = np.logical_and.reduce(list(mask.T))
    return result


def _lexicographic(rows: NDArray[np.float64]) -> NDArray[np.int64]:
    """The rows in the order of their first column, then the second and so on."""
    order = np.argsort(rows[:, 0])
    first = rows[order, 0]
    return np.lexsort(rows.T[::-1]) if (first[1:] == first[:-1]).any() else order


def _first_front(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The non-dominated ones of distinct rows in lexicographic order, of which a later one never dominates."""
    if rows.shape[1] == 1:
        only: NDArray[np.bool_] = np.arange(len(rows)) == 0
        return only
    if rows.shape[1] == 2:
        before = np.minimum.accumulate(np.append(np.inf, rows[:, 1]))
        # The first row is never dominated, even where its second objective is infinite.
        mask: NDArray[np.bool_] = rows[:, 1] < before[:-1]
        mask[:1] = True
        return mask
    if rows.shape[1] == 3:
        y, z = codes(rows[:, 1]), codes(rows[:, 2])
        front = Staircase(int(y.max(initial=0)) + 1, int(z.max(initial=0)) + 1)
        return np.array([front.add(*step) for step in zip(y.tolist(), z.tolist(), strict=True)], dtype=bool)
    return _peeled(rows)


def _peeled(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The first row left is non-dominated; what it dominates goes."""
    mask = np.zeros(len(rows), dtype=bool)
    left = np.arange(len(rows))
    while len(left):
        best, left = left[0], left[1:]
        mask[best] = True
        left = left[(rows[left] < rows[best]).any(axis=1)]
    return mask
