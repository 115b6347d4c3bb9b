"""The values of a table, found by metric, fidelity and seed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core import Fidelity
from tabular.content import Values
from tabular.manifest import Column, Manifest


class Columns:
    """The arrays of a table's columns, shape (rows, fidelities, seeds) each; nothing is computed before it is asked."""

    def __init__(self, manifest: Manifest, arrays: Sequence[NDArray[Any]]) -> None:
        self._fidelities = dict.fromkeys(manifest.fidelities)
        self._costs = {metric.name for metric in manifest.metrics if metric.split == "cost"}
        self._columns: dict[str, list[tuple[Column, NDArray[Any]]]] = {metric.name: [] for metric in manifest.metrics}
        for column, array in zip(manifest.columns, arrays, strict=True):
            self._columns[column.metric].append((column, array))
        self._places: dict[int, dict[Fidelity, int]] = {}
        self._averages: dict[tuple[str, Fidelity], NDArray[np.float64]] = {}

    def fidelities(self, metric: str) -> tuple[Fidelity, ...]:
        """Those at which the metric was measured, from cheap to thorough."""
        there = {f for column, _ in self._columns.get(metric, ()) for f in column.fidelities or self._fidelities}
        return tuple(fidelity for fidelity in self._fidelities if fidelity in there)

    def seeds(self, metric: str, fidelity: Fidelity) -> tuple[int, ...]:
        """The seeds whose trainings gave the metric there; empty where only a mean is known, or nothing."""
        return self._trained(metric, fidelity)[0]

    def values(self, metric: str, fidelity: Fidelity, seed: int | None) -> NDArray[Any] | None:
        """The value of each row, the mean over seeds for None; None where the table has no such column."""
        mean, (seeds, trained) = self._mean(metric, fidelity), self._trained(metric, fidelity)
        if mean is not None and (seed is None or (metric in self._costs and not seeds)):
            return mean
        if seed is None and seeds:
            if (metric, fidelity) not in self._averages:
                self._averages[metric, fidelity] = _average(trained)
            return self._averages[metric, fidelity]
        return trained[:, seeds.index(seed)] if seed in seeds else None

    def stored(self) -> tuple[Values, ...]:
        """All columns as they lie on disk, an axis that only repeats itself of length 1."""
        return tuple(
            Values(metric, column.fidelities, column.seeds, _unrepeated(array))
            for metric, columns in self._columns.items()
            for column, array in columns
        )

    def _mean(self, metric: str, fidelity: Fidelity) -> NDArray[Any] | None:
        for column, array in self._columns.get(metric, ()):
            if column.seeds is None and (place := self._place(column, fidelity)) is not None:
                return array[:, place, 0]
        return None

    def _trained(self, metric: str, fidelity: Fidelity) -> tuple[tuple[int, ...], NDArray[Any]]:
        for column, array in self._columns.get(metric, ()):
            if column.seeds is not None and (place := self._place(column, fidelity)) is not None:
                return column.seeds, array[:, place]
        return (), np.empty((0, 0))

    def _place(self, column: Column, fidelity: Fidelity) -> int | None:
        """Where the column has this fidelity; None when it has not."""
        if column.fidelities is None:
            return 0 if fidelity in self._fidelities else None
        places = self._places.get(id(column.fidelities))
        if places is None:
            places = self._places[id(column.fidelities)] = {f: k for k, f in enumerate(column.fidelities)}
        return places.get(fidelity)


def _unrepeated(values: NDArray[Any]) -> NDArray[Any]:
    """The array with length 1 along each axis on which it only repeats itself."""
    return values[tuple(slice(1) if stride == 0 else slice(None) for stride in values.strides)]


def _average(values: NDArray[Any]) -> NDArray[np.float64]:
    """The mean over seeds of what was measured, shape (rows,); NaN where nothing was."""
    total, count = np.zeros(len(values)), np.zeros(len(values))
    for column in values.T:  # seeds are few, and a sum along a short axis is slow
        measured = ~np.isnan(column)
        total += np.where(measured, column, 0.0)
        count += measured
    average = np.full(len(values), np.nan)
    np.divide(total, count, out=average, where=count > 0)
    return average
