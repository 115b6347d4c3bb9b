"""The imported tables, read by rows.

A table lies on disk row by row, so that a few rows of everything are read at once where a whole column costs a seek for
each architecture: an audit reads sixty-four rows to see what cannot be, and whole columns of what is left.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core import Fidelity, Metric
from harness.errors import BadValue
from harness.registry import load
from tabular.content import Values
from tabular.library import imported
from tabular.table import Table


@dataclass(frozen=True, slots=True)
class Sheet:
    """A column of a table: values of one metric, shape (rows, fidelities, seeds)."""

    benchmark: str
    metric: Metric
    fidelities: tuple[Fidelity, ...] | None
    seeds: tuple[int, ...]
    array: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Book:
    """A table: its sheets, and the row of each architecture, -1 where there is none, or None where row is index."""

    name: str
    space: str
    sheets: tuple[Sheet, ...]
    rows: NDArray[Any] | None

    def rows_of(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """The row of each of these architectures, -1 where there is none."""
        return indices if self.rows is None else self.rows[indices]


def open_books(names: Iterable[str] | None) -> list[Book]:
    """The benchmarks of these names, or all that are imported; `BadValue` when there are none or one is no table."""
    books = [_open(name) for name in dict.fromkeys(imported() if names is None else names)]
    if not books:
        raise BadValue("no table is imported to compare with: import one with `nasgauge import`, or name a benchmark")
    return books


def _open(name: str) -> Book:
    table = load("benchmark", name)()
    if not isinstance(table, Table):
        raise BadValue(f"{name} is no table: name one of {', '.join(imported()) or 'your imported tables'}")
    content = table.content()
    metrics = {metric.name: metric for metric in content.metrics}
    sheets = tuple(_sheet(name, metrics[values.metric], values) for values in content.columns)
    return Book(name, content.space, sheets, content.rows)


def _sheet(name: str, metric: Metric, column: Values) -> Sheet:
    """The column; what is the same at all of several fidelities, or for all of several seeds, is named by none."""
    _, places, trainings = column.values.shape
    fidelities = column.fidelities if column.fidelities and len(column.fidelities) == places else None
    seeds = column.seeds if column.seeds and len(column.seeds) == trainings else ()
    return Sheet(name, metric, fidelities, seeds, column.values)
