"""A small table of learning curves, for tests of what is made of them."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from toy_problem import Grid

from harness.core import Benchmark, Evaluation, Fidelity, Metric, Query, TabularBenchmark
from harness.errors import Unmeasured
from harness.spaces.nb_macro import NbMacro

FINAL = 8
HOLES, FLAT, DIVERGED = 3, 5, 7
"""Official indices: what was not measured after epoch 2, what learns nothing, and what diverged in epoch 2."""


class CurvesTable(TabularBenchmark):
    """60 architectures, 8 epochs, 2 seeds; epoch e takes an architecture with index i e (1 + i / 100) seconds."""

    name = "curves_table"
    metrics = (
        Metric("train_loss", "nats", False, "train"),
        Metric("valid_accuracy", "%", True, "valid"),
        Metric("test_accuracy", "%", True, "test"),
    )
    fidelities = (Fidelity(2, 2), *(Fidelity(epoch, FINAL) for epoch in range(1, FINAL + 1)))
    seeds = (0, 1)
    provenance: ClassVar[dict[str, str]] = {"source": "made up"}
    places: ClassVar[dict[str, tuple[int, ...]]] = {"test_accuracy": (FINAL,)}
    """The epochs at which a metric was measured, where these are not all."""

    def __init__(self) -> None:
        self.space = Grid()
        rng = np.random.default_rng(3)
        n = self.space.size
        ends, falls, rates = rng.uniform(60, 95, n), rng.uniform(10, 40, n), rng.uniform(0.4, 2, n)
        falls[FLAT] = 0.0
        epochs = np.arange(1, FINAL + 1)
        accuracy = ends[:, None] - falls[:, None] * epochs ** -rates[:, None]
        noise = rng.normal(size=(2, n, FINAL)) * 0.3 * (np.arange(n) != FLAT)[:, None]
        loss = 3 - accuracy / 40 + 0.02 * noise
        loss[:, DIVERGED, 1] = np.inf
        self.values = {
            "train_loss": loss,
            "valid_accuracy": accuracy + noise,
            "test_accuracy": accuracy[None] + 0 * noise,
        }
        for values in self.values.values():
            values[:, HOLES, 1] = np.nan

    def table(self, metric: str, fidelity: Fidelity, seed: int | None = None) -> NDArray[np.float64]:
        if fidelity not in self.measured_fidelities(metric):
            raise Unmeasured(f"{metric} was not measured there.")
        values = self.values[metric][:, :, fidelity.epochs - 1]
        return values.mean(0) if seed is None else values[seed].copy()

    def measured_fidelities(self, metric: str) -> tuple[Fidelity, ...]:
        there = self.places.get(metric)
        return tuple(f for f in self.fidelities if there is None or f.epochs in there)

    def measured_seeds(self, metric: str, fidelity: Fidelity) -> tuple[int, ...]:
        return self.seeds

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        index = self.space.index(query.arch)
        names = [metric.name for metric in self.metrics if query.fidelity in self.measured_fidelities(metric.name)]
        metrics = {name: float(self.table(name, query.fidelity, seed)[index]) for name in names}
        if np.isnan(metrics["valid_accuracy"]):
            raise Unmeasured("not measured")
        return Evaluation(metrics, query.fidelity.epochs * (1 + index / 100))


class OtherTask(CurvesTable):
    """The same architectures on another task: every accuracy is ten points lower."""

    name = "other_task"
    provenance: ClassVar[dict[str, str]] = {"source": "made up elsewhere"}

    def __init__(self) -> None:
        super().__init__()
        self.values["valid_accuracy"] = self.values["valid_accuracy"] - 10


class OtherSpace(CurvesTable):
    """A table of another space."""

    name = "other_space"

    def __init__(self) -> None:
        super().__init__()
        self.space = NbMacro()


class Renamed(CurvesTable):
    """A table of a space with as many options, of which nobody says that they are the same."""

    name = "renamed"

    def __init__(self) -> None:
        super().__init__()
        self.space.name = "lattice"


class Untracked(Benchmark):
    """What trains when it is asked and keeps nothing: `CurvesTable` without its table."""

    name = "untracked"
    metrics, fidelities, seeds = CurvesTable.metrics, CurvesTable.fidelities, CurvesTable.seeds
    provenance: ClassVar[dict[str, str]] = {"source": "asked"}

    def __init__(self) -> None:
        self._table, self.asked = CurvesTable(), list[int]()
        self.space = self._table.space

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        self.asked.append(query.fidelity.epochs)
        return self._table.evaluate(query, seed)
