"""A benchmark that answers from columns on disk."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, Evaluation, Fidelity, Query, TabularBenchmark
from harness.errors import Unmeasured, unknown
from harness.registry import load
from tabular.columns import Columns
from tabular.content import Content
from tabular.manifest import Manifest

Getter = tuple[str, Callable[[int], float]]
"""A metric's name, and the look-up of its value by row."""


class Table(TabularBenchmark):
    """Every value of `metrics` by architecture, fidelity and seed, as it was measured.

    A metric without seeds at a fidelity is known there as a mean over seeds: it is answered for seed None. A cost
    without seeds holds for every seed. What was not measured is left out of an answer, and `Unmeasured` is raised when
    nothing but costs would be left, unless the table is of costs alone. `Evaluation.seconds` is the metric `seconds`,
    NaN where the table has none.
    `folder` is where the table lies.
    """

    def __init__(
        self, folder: Path, manifest: Manifest, arrays: Sequence[NDArray[Any]], rows: NDArray[Any] | None
    ) -> None:
        self.folder = folder
        self.name, self.dataset = manifest.name, manifest.dataset
        self.space = load("space", manifest.space)()
        self.metrics, self.provenance = manifest.metrics, manifest.provenance
        self._manifest = manifest
        self.fidelities = manifest.fidelities
        self.seeds = tuple(sorted({seed for column in manifest.columns for seed in column.seeds or ()}))
        self._rows, self._row = rows, None if rows is None else rows.item
        costs = {metric.name for metric in manifest.metrics if metric.split == "cost"}
        self._costs = costs if len(costs) < len(manifest.metrics) else set()
        self._columns = Columns(manifest, arrays)
        self._getters: dict[tuple[Fidelity, int | None], list[Getter]] = {}

    def content(self) -> Content:
        """All that the table holds, to be written again or with more; its columns stay on disk until they are read."""
        columns = self._columns.stored()
        return Content(self.space.name, self.metrics, columns, self.provenance, self.dataset, self._rows)

    @property
    def measured(self) -> int:
        """The number of architectures that the table has a row for."""
        return self.space.size if self._rows is None else int((self._rows >= 0).sum())

    @property
    def fingerprint(self) -> str:
        """The sha256 that stands for the table's whole content."""
        return self._manifest.fingerprint

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        """Answer from the training with this seed, or with the mean over the measured seeds when it is None."""
        arch, fidelity = query
        getters = self._getters.get((fidelity, seed)) or self._prepare(fidelity, seed)
        row = self.space.index(arch)
        if self._row is not None:
            row = self._row(row)
            if row < 0:
                raise self._unmeasured(fidelity, seed, arch)
        metrics = {name: value for name, item in getters if (value := item(row)) == value}
        if len(metrics) < len(getters) and metrics.keys() <= self._costs:
            raise self._unmeasured(fidelity, seed, arch)
        return Evaluation(metrics, metrics.get("seconds", np.nan))

    def table(self, metric: str, fidelity: Fidelity, seed: int | None = None) -> NDArray[np.float64]:
        """The metric of every architecture in space order, shape (size,); NaN where nothing was measured.

        Raises `Unmeasured` when no architecture can have a value, `UnknownName` for a metric that the table lacks.
        """
        if metric not in {m.name for m in self.metrics}:
            raise unknown(f"metric of {self.name}", metric, (m.name for m in self.metrics))
        values = self._columns.values(metric, fidelity, seed)
        if values is None:
            raise self._unmeasured(fidelity, seed)
        with np.errstate(invalid="ignore"):  # of a NaN with a payload, which stays one
            answer = np.array(values, dtype=np.float64)
        return answer if self._rows is None else np.where(self._rows < 0, np.nan, answer[self._rows])

    def measured_fidelities(self, metric: str) -> tuple[Fidelity, ...]:
        """The fidelities at which the metric was measured, from cheap to thorough."""
        return self._columns.fidelities(metric)

    def measured_seeds(self, metric: str, fidelity: Fidelity) -> tuple[int, ...]:
        """The seeds whose trainings gave the metric there; empty where only a mean is known, or nothing."""
        return self._columns.seeds(metric, fidelity)

    def _prepare(self, fidelity: Fidelity, seed: int | None) -> list[Getter]:
        """The look-ups that answer a question; `Unmeasured` when no metric but costs can be answered."""
        found = {metric.name: self._columns.values(metric.name, fidelity, seed) for metric in self.metrics}
        getters: list[Getter] = [(name, values.item) for name, values in found.items() if values is not None]
        if all(name in self._costs for name, _ in getters):
            raise self._unmeasured(fidelity, seed)
        self._getters[fidelity, seed] = getters
        return getters

    def _unmeasured(self, fidelity: Fidelity, seed: int | None, arch: Arch | None = None) -> Unmeasured:
        """The error that says what was asked for and what there is."""
        what = f" for {self.space.encode(arch)}" if arch is not None else ""
        which = "as a mean over seeds" if seed is None else f"with seed {seed}"
        asked = f"{self.name} has no such measurement{what} at {in_words(fidelity)} {which}"
        if fidelity not in self.fidelities:
            return Unmeasured(f"{asked}; it has {_listed(map(in_words, self.fidelities))}.")
        there = [
            f"{metric.name} ({'seeds ' + _listed(map(str, seeds)) if seeds else 'mean over seeds'})"
            for metric in self.metrics
            if metric.name not in self._costs and fidelity in self.measured_fidelities(metric.name)
            for seeds in [self.measured_seeds(metric.name, fidelity)]
        ]
        return Unmeasured(f"{asked}; there it has {_listed(there)}, not every one for every architecture.")


def in_words(fidelity: Fidelity) -> str:
    """The fidelity in a few words: `3 of 12 epochs, data 0.25`."""
    epochs, schedule = fidelity[:2]
    parts = [f"{epochs} epochs" if epochs == schedule else f"{epochs} of {schedule} epochs"]
    parts += [
        f"{name} {value:g}" for name, value in zip(Fidelity._fields[2:], fidelity[2:], strict=True) if value != 1.0
    ]
    return ", ".join(parts)


def _listed(names: Iterable[str]) -> str:
    """The names, the middle left out when they are many."""
    every = list(names)
    shown = every if len(every) <= 8 else [*every[:4], f"… ({len(every) - 7} more)", *every[-3:]]
    return ", ".join(shown) or "nothing"
