"""At which fidelities a benchmark answers for a metric, and from which of its trainings."""

import zlib

from harness.core import Arch, Benchmark, Evaluation, Fidelity, Query, TabularBenchmark
from harness.errors import BadValue, Unmeasured


def fidelities_of(benchmark: Benchmark, *metrics: str) -> tuple[Fidelity, ...]:
    """The fidelities at which every one of the metrics is measured, from cheap to thorough."""
    if not isinstance(benchmark, TabularBenchmark):
        return benchmark.fidelities
    measured = [set(benchmark.measured_fidelities(metric)) for metric in metrics]
    return tuple(fidelity for fidelity in benchmark.fidelities if all(fidelity in one for one in measured))


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
