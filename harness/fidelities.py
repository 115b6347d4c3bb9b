"""At which fidelities a benchmark answers for a metric, and from which of its trainings."""

import zlib
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from harness.core import Arch, Benchmark, Evaluation, Fidelity, Query, TabularBenchmark
from harness.errors import BadValue, Unmeasured


@runtime_checkable
class Tracked(Protocol):
    """A benchmark that knows what every epoch of a training gave once it has trained to the last one."""

    def curve(self, query: Query, seed: int | None) -> Sequence[Evaluation]:
        """The answers at epochs 1 to the query's, in order; values that are not finite where training diverged."""


def fidelities_of(benchmark: Benchmark, *metrics: str) -> tuple[Fidelity, ...]:
    """The fidelities at which every one of the metrics is measured, from cheap to thorough."""
    if not isinstance(benchmark, TabularBenchmark):
        return benchmark.fidelities
    measured = [set(benchmark.measured_fidelities(metric)) for metric in metrics]
    return tuple(fidelity for fidelity in benchmark.fidelities if all(fidelity in one for one in measured))


def offers(benchmark: Benchmark, fidelity: Fidelity) -> bool:
    """Whether the benchmark lists the fidelity, or one that it is with some of the reductions that it names."""
    values = fidelity._asdict()
    listed = Fidelity(**values | dict.fromkeys(benchmark.reductions, 1.0)) in benchmark.fidelities
    return listed and all(values[name] in (1.0, *fractions) for name, fractions in benchmark.reductions.items())


def refuse_unless_offered(benchmark: Benchmark, fidelity: Fidelity) -> None:
    """A `BadValue` that lists what there is when the benchmark does not offer the fidelity."""
    if offers(benchmark, fidelity):
        return
    listed = ", ".join(map(in_short, benchmark.fidelities))
    beside = [f"{name} {' or '.join(map(str, values))}" for name, values in benchmark.reductions.items()]
    raise BadValue(
        f"{benchmark.name} has no fidelity {in_short(fidelity)} (epochs/schedule/data); give one of {listed}"
        + (f"; each of them also with {', '.join(beside)}" if beside else "")
    )


def in_short(fidelity: Fidelity) -> str:
    """Epochs, schedule and data, and what else is reduced: `3/12/1.0, width 0.5`."""
    reduced = {name: getattr(fidelity, name) for name in ("resolution", "width", "depth")}
    parts = [f"{name} {value}" for name, value in reduced.items() if value != 1.0]
    return ", ".join([f"{fidelity.epochs}/{fidelity.schedule}/{fidelity.data}", *parts])


def full_fidelity(benchmark: Benchmark, metric: str) -> Fidelity:
    """The most thorough fidelity at which the metric is measured; `BadValue` when there is none."""
    found = fidelities_of(benchmark, metric)
    if not found:
        raise BadValue(f"{benchmark.name} has not measured {metric} at any fidelity: choose another metric")
    return found[-1]


def trials_of(benchmark: Benchmark, metric: str, fidelity: Fidelity) -> tuple[int, ...]:
    """The benchmark's seeds that may answer for the metric at this fidelity."""
    if isinstance(benchmark, TabularBenchmark):
        return benchmark.measured_seeds(metric, fidelity) or benchmark.seeds
    return benchmark.seeds


def draw_trial(seed: int, arch: Arch, trials: int) -> int:
    """Which of `trials` trainings answers: drawn once per run and architecture, the same for all algorithms."""
    return zlib.crc32(repr((seed, arch)).encode()) % trials


def evaluate_trial(benchmark: Benchmark, query: Query, seed: int, trials: tuple[int, ...]) -> tuple[int, Evaluation]:
    """The drawn one of these trials and its answer; where it was never measured, another one is drawn.

    Raises `Unmeasured`, with the first draw's reason, when none of them was.
    """
    left, reason = list(trials), None
    while left:
        trial = left.pop(draw_trial(seed, query.arch, len(left)))
        try:
            return trial, benchmark.evaluate(query, trial)
        except Unmeasured as error:
            reason = reason or error
    raise reason or Unmeasured(f"{benchmark.name} names no training that could answer")
