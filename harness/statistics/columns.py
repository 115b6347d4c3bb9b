"""What the statistics ask of the arrays that they are given."""

import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import BadValue


def column(name: str, values: ArrayLike) -> NDArray[Any]:
    """`values` as an array of finite numbers, shape (n,); integers stay integers. `BadValue` says what is wrong."""
    array = np.asarray(values)
    if array.dtype.kind not in "iuf":
        array = _as_floats(name, array)
    if array.ndim != 1:
        raise BadValue(f"{name} has shape {array.shape}: give one value per row, shape (n,)")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        where = int(np.flatnonzero(~np.isfinite(array))[0])
        raise BadValue(f"{name}[{where}] is {array[where]}: only finite values are allowed; leave such rows out")
    return array


def paired(**columns: ArrayLike) -> list[NDArray[Any]]:
    """Check several named columns, which must have one row for each other's rows."""
    arrays = [column(name, values) for name, values in columns.items()]
    same_length(columns, arrays)
    return arrays


def same_length(names: Any, arrays: Any) -> int:
    """The common number of rows of `arrays`; `BadValue` when they differ."""
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) > 1:
        raise BadValue(
            f"{', '.join(names)} have {', '.join(map(str, lengths))} rows: they are paired, give one of each"
        )
    return lengths[0]


def count(name: str, value: Any, most: int | None = None) -> int:
    """`value` as a whole number from 1 to `most`; `BadValue` otherwise."""
    allowed = "at least 1" if most is None else f"1 to {most}"
    try:
        number = operator.index(value)
    except TypeError:
        raise BadValue(f"{name} is {value!r}: give a whole number, {allowed}") from None
    if number < 1 or (most is not None and number > most):
        raise BadValue(f"{name} is {number}: give {allowed}")
    return number


def _as_floats(name: str, array: NDArray[Any]) -> NDArray[np.float64]:
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        raise BadValue(f"{name} holds {array.dtype} values: give numbers") from None
