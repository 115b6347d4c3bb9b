"""The rule by which reference points and scales of objectives are fixed, so that hypervolumes can be compared."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import BadValue
from harness.statistics.pareto import non_dominated, objectives


def reference_point(values: ArrayLike, margin: float = 0.1) -> NDArray[np.float64]:
    """Nadir + margin x (nadir - ideal) of the exact front of a table (rows, objectives), shape (objectives,).

    Ideal and nadir are the best and the worst value of each objective on the front (Ishibuchi et al., Evolutionary
    Computation 26, 2018, on why the nadir itself will not do: the ends of the front would add nothing). Rows off the
    front do not count, so that one absurd architecture in the table cannot stretch the scale. Where the front has no
    extent, the table's stands in for it, and 1 where it has none either. `BadValue` without a finite row, or for a
    margin that is not positive.
    """
    if not 0 < margin < np.inf:
        raise BadValue(f"margin is {margin}: give a share of the front's extent above 0, such as 0.1")
    _, nadir, extent = _extent(values)
    return nadir + margin * extent


def unit_scale(values: ArrayLike, table: ArrayLike) -> NDArray[np.float64]:
    """`values`, shape (rows, objectives), with the ideal of the exact front of `table` at 0 and its nadir at 1.

    For indicators that add or compare objectives of different units. Extents and errors as for `reference_point`.
    """
    ideal, _, extent = _extent(table)
    rows = objectives(values)
    if rows.shape[1] != len(ideal):
        raise BadValue(f"values have {rows.shape[1]} objectives and the table {len(ideal)}: give the same ones")
    return (rows - ideal) / extent


def _extent(values: ArrayLike) -> tuple[NDArray[np.float64], ...]:
    """Ideal and nadir of the exact front, and the extent that stands for one unit."""
    table = objectives(values)
    table = table[np.isfinite(table).all(axis=1)]
    if not len(table):
        raise BadValue("values have no row that is finite in all objectives: give at least one")
    front = table[non_dominated(table)]
    ideal, nadir = front.min(axis=0), front.max(axis=0)
    extent = np.where(nadir > ideal, nadir - ideal, table.max(axis=0) - table.min(axis=0))
    return ideal, nadir, np.where(extent > 0, extent, 1.0)
