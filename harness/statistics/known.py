"""The rows that every column knows: a missing score or truth leaves its row out, and nothing else does."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.statistics.columns import column, numbers, same_length


def known_rows(**columns: ArrayLike) -> list[NDArray[np.float64]]:
    """The named columns, shape (rows,) each, at the rows in which none of them is NaN.

    `BadValue` for infinite values or columns of different lengths.
    """
    arrays = {name: numbers(name, values) for name, values in columns.items()}
    same_length(arrays, list(arrays.values()))
    known = ~np.logical_or.reduce([np.isnan(values) for values in arrays.values()])
    return [column(name, np.where(known, values, 0))[known] for name, values in arrays.items()]
