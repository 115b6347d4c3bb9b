"""A table in memory, before it is written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core import Fidelity, Metric
from harness.errors import BadValue


@dataclass(frozen=True, slots=True)
class Values:
    """A column to be written: shape (rows, fidelities, seeds), NaN where nothing was measured; see `Column`.

    An axis of length 1 is the same for all of its fidelities, or seeds.
    """

    metric: str
    fidelities: tuple[Fidelity, ...] | None
    seeds: tuple[int, ...] | None
    values: NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Content:
    """A table to be written. `rows` maps space index to row, -1 where there is none; by default row is index.

    `columns` is gone through once, each one written before the next is asked for: a generator keeps memory small.
    """

    space: str
    metrics: tuple[Metric, ...]
    columns: Iterable[Values]
    provenance: Mapping[str, str]
    dataset: str | None = None
    rows: NDArray[np.int32] | None = None


def fits(values: NDArray[Any], shape: tuple[int, ...]) -> bool:
    """Whether the values have this shape, where an axis but the first may be of length 1 instead."""
    height, *slots = shape
    return (
        values.ndim == len(shape)
        and len(values) == height
        and all(n in (1, slot) for n, slot in zip(values.shape[1:], slots, strict=True))
    )


def check_values(column: Values, shape: tuple[int, ...]) -> None:
    """Raise `BadValue` unless the column fits this shape and holds floats, none of them infinite."""
    values = column.values
    if not fits(values, shape) or values.dtype.kind != "f":
        raise BadValue(f"{column.metric} has shape {values.shape} of {values.dtype}, it needs floats {shape}")
    if np.isinf(values).any():
        raise BadValue(f"{column.metric} holds an infinite value: what was not measured is NaN")
