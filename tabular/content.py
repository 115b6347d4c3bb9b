"""A table in memory, before it is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core import Fidelity, Metric
from harness.errors import BadValue


@dataclass(frozen=True, slots=True)
class Values:
    """A column to be written: shape (rows, fidelities, seeds), NaN where nothing was measured; see `Column`."""

    metric: str
    fidelities: tuple[Fidelity, ...] | None
    seeds: tuple[int, ...] | None
    values: NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Content:
    """A table to be written. `rows` maps space index to row, -1 where there is none; by default row is index."""

    space: str
    metrics: tuple[Metric, ...]
    columns: tuple[Values, ...]
    provenance: Mapping[str, str]
    dataset: str | None = None
    rows: NDArray[np.int32] | None = None


def check_values(column: Values, shape: tuple[int, ...]) -> None:
    """Raise `BadValue` unless the column has this shape and holds floats, none of them infinite."""
    values = column.values
    if values.shape != shape or values.dtype.kind != "f":
        raise BadValue(f"{column.metric} has shape {values.shape} of {values.dtype}, it needs floats {shape}")
    if np.isinf(values).any():
        raise BadValue(f"{column.metric} holds an infinite value: what was not measured is NaN")
