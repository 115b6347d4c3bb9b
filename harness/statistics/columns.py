"""What the statistics ask of the arrays that they are given."""

import operator
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import BadValue


def numbers(name: str, values: ArrayLike) -> NDArray[Any]:
    """`values` as an array of numbers, shape (n,); integers stay integers. `BadValue` says what is wrong."""
    array = np.asarray(values)
    if array.dtype.kind not in "iuf":
        array = _as_floats(name, array)
    if array.ndim != 1:
        raise BadValue(f"{name} has shape {array.shape}: give one value per row, shape (n,)")
    return array


def column(name: str, values: ArrayLike) -> NDArray[Any]:
    """`values` as an array of finite numbers, shape (n,). `BadValue` names the first row that is not finite."""
    array = numbers(name, values)
    infinite = np.flatnonzero(~np.isfinite(array))
    if len(infinite):
        row = int(infinite[0])
        raise BadValue(f"{name}[{row}] is {array[row]}: only finite values are allowed; leave such rows out")
    return array


def ascending(name: str, values: ArrayLike) -> NDArray[Any]:
    """As `column`, and no value is below the one before it."""
    array = column(name, values)
    if (array[1:] < array[:-1]).any():
        row = int(np.flatnonzero(array[1:] < array[:-1])[0]) + 1
        raise BadValue(f"{name}[{row}] is {array[row]}, before {array[row - 1]}: give the steps in order of time")
    return array


def matrix(name: str, values: ArrayLike, meaning: str) -> NDArray[np.float64]:
    """`values` as an array with two axes, none of them empty, NaN and infinities included; `meaning` says of what."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise BadValue(f"{name} cannot be read as rows of equally many numbers: give {meaning}") from None
    if array.ndim != 2 or 0 in array.shape:
        raise BadValue(f"{name} have shape {array.shape}: give {meaning}")
    return array


def runs_by_algorithms(values: ArrayLike) -> NDArray[np.float64]:
    """`values` as finite numbers, shape (rows, algorithms); `BadValue` says what is wrong."""
    array = matrix("values", values, "one row per run or data set and one column per algorithm")
    column("values", array.reshape(-1))
    return array


def paired(**columns: ArrayLike) -> list[NDArray[Any]]:
    """The named columns, each checked by `column`, in one length."""
    arrays = [column(name, values) for name, values in columns.items()]
    same_length(columns, arrays)
    return arrays


def same_length(names: Iterable[str], arrays: Sequence[NDArray[Any]]) -> int:
    """The common number of rows of `arrays`; `BadValue` when they differ."""
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) > 1:
        rows = ", ".join(f"{name}: {length}" for name, length in zip(names, lengths, strict=True))
        raise BadValue(f"numbers of rows differ ({rows}): rows belong together, give as many of each")
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
    if array.dtype.kind in "bO":
        with suppress(TypeError, ValueError):
            return array.astype(np.float64)
    raise BadValue(f"{name} holds values of type {array.dtype}: give real numbers")
