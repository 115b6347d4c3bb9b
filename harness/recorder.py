"""Joins the test values to a finished search: the only place where they meet, and after the fact."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core import Benchmark, Metric, TabularBenchmark
from harness.fidelities import full_fidelity
from harness.search import Record


class Oracle(NamedTuple):
    """The test value of every architecture and the best of them.

    It is the mean over the benchmark's seeds at the most thorough fidelity at which it was measured.
    """

    test: dict[int, float]
    optimum: float
    maximize: bool


def oracle_of(benchmark: Benchmark, test: Metric) -> Oracle | None:
    """The oracle of a tabular benchmark; None where only training would tell."""
    if not isinstance(benchmark, TabularBenchmark):
        return None
    values = benchmark.table(test.name, full_fidelity(benchmark, test.name))
    best = np.nanmax(values) if test.maximize else np.nanmin(values)
    return Oracle(dict(enumerate(values.tolist())), float(best), test.maximize)


class Worth(NamedTuple):
    """What architectures are worth in each of several objectives, the test metric in the place of the first.

    `values`, shape (metrics, architectures), are means over the benchmark's seeds at the most thorough fidelity of each
    metric, NaN where nothing was measured; None where only training would tell.
    """

    metrics: tuple[Metric, ...]
    values: NDArray[np.float64] | None


def worth_of(benchmark: Benchmark, test: Metric, objectives: Sequence[Metric]) -> Worth:
    """What a study of these objectives is judged by: its test metric, and all objectives but the first."""
    metrics = (test, *objectives[1:])
    if not isinstance(benchmark, TabularBenchmark):
        return Worth(metrics, None)
    tables = [benchmark.table(metric.name, full_fidelity(benchmark, metric.name)) for metric in metrics]
    return Worth(metrics, np.stack(tables))


def worth_columns(records: Sequence[Record], benchmark: Benchmark, worth: Worth) -> dict[str, Any]:
    """What each evaluated architecture is worth: `true1`, `true2`, ... in the metrics' own units and directions.

    On a live benchmark it is what the training measured, NaN where it failed. `fidelity` is the place of the
    evaluation's fidelity among the benchmark's, from cheap to thorough.
    """
    thoroughness = {fidelity: i for i, fidelity in enumerate(benchmark.fidelities)}
    if worth.values is None:
        true = np.array([[r.metrics.get(metric.name, np.nan) for r in records] for metric in worth.metrics])
    else:
        index = benchmark.space.index
        true = worth.values[:, [index(record.query.arch) for record in records]]
    columns: dict[str, Any] = {"fidelity": [thoroughness[record.query.fidelity] for record in records]}
    return columns | {f"true{k}": column for k, column in enumerate(true, start=1)}


def columns_of(
    records: Iterable[Record], benchmark: Benchmark, test: Metric, oracle: Oracle | None
) -> dict[str, list[Any]]:
    """One row per evaluation with the incumbent after it.

    The incumbent is the best by its merit at the highest fidelity that any architecture was evaluated at;
    `benchmark.fidelities` is the order. Its test value comes from the oracle, or from its own live training. Further
    objectives stand in `loss2`, `loss3`, ...
    """
    thoroughness = {fidelity: i for i, fidelity in enumerate(benchmark.fidelities)}
    index, rows = benchmark.space.index, []
    best = (-1, np.inf)
    incumbent, valid, tested = -1, np.nan, np.nan
    further: list[tuple[float, ...]] = []
    for step, record in enumerate(records):
        (arch, fidelity), loss = record.query, record.losses[0]
        position = index(arch)
        rank = thoroughness[fidelity]
        if not record.reason and (rank > best[0] or (rank == best[0] and record.merit < best[1])):
            best, incumbent, valid = (rank, record.merit), position, loss
            tested = oracle.test[position] if oracle else record.metrics.get(test.name, np.nan)
        further.append(record.losses[1:])
        trial = -1 if record.trial is None else record.trial
        rows.append(
            (
                step,
                position,
                *fidelity[:3],
                trial,
                loss,
                record.charged,
                record.finished,
                incumbent,
                valid,
                tested,
                record.reason,
            )
        )
    if not rows:
        return {name: [] for name in COLUMNS}
    columns = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    return columns | {f"loss{k}": list(losses) for k, losses in enumerate(zip(*further, strict=True), start=2)}


COLUMNS = (
    "step", "arch", "epochs", "schedule", "data", "trial", "loss", "charged", "finished",
    "incumbent", "valid", "test", "reason",
)  # fmt: skip
