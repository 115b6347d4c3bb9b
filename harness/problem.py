"""What a search may know of a benchmark."""

from harness.core import Benchmark, Metric, Problem
from harness.errors import BadValue, unknown
from harness.fidelities import fidelities_of


def metric_named(benchmark: Benchmark, name: str) -> Metric:
    """The benchmark's metric of this name."""
    for metric in benchmark.metrics:
        if metric.name == name:
            return metric
    raise unknown(f"metric of {benchmark.name}", name, [metric.name for metric in benchmark.metrics])


def problem_of(benchmark: Benchmark, objectives: tuple[str, ...], schedule: int | None = None) -> Problem:
    """The problem of optimising `objectives`, with trainings of this schedule alone if one is given.

    Selecting on test data is refused.
    """
    metrics = tuple(metric_named(benchmark, name) for name in objectives)
    for metric in metrics:
        if metric.split == "test":
            raise BadValue(
                f"objective {metric.name!r} is measured on test data, which a search never sees; choose among "
                + ", ".join(m.name for m in benchmark.metrics if m.split != "test")
            )
    fidelities = fidelities_of(benchmark, *objectives)
    if not fidelities:
        names = " and ".join(objectives)
        raise BadValue(f"{benchmark.name} has measured {names} at no fidelity: choose another objective")
    offered = tuple(f for f in fidelities if schedule in (None, f.schedule))
    if not offered:
        there = ", ".join(map(str, sorted({fidelity.schedule for fidelity in fidelities})))
        raise BadValue(f"{benchmark.name} has no schedule of {schedule} epochs: give one of {there}")
    return Problem(benchmark.space, offered, metrics)
