"""What a low-fidelity proxy reads from: which benchmark, and which of its trainings."""

import numpy as np
from numpy.typing import NDArray

from harness.core import Benchmark, Fidelity, TabularBenchmark
from harness.errors import BadValue, Unmeasured
from harness.fidelities import trials_of
from harness.registry import load

CHUNK = 20
"""Architectures that are trained and stored as one."""


def source_of(benchmark: Benchmark, source: str | None) -> Benchmark:
    """The benchmark called `source`, or the given one without it; `BadValue` unless the architectures are the same."""
    if source is None:
        return benchmark
    other: Benchmark = load("benchmark", source)()
    if (other.space.name, other.space.choices) != (benchmark.space.name, benchmark.space.choices):
        raise BadValue(
            f"source {source!r} is of the space {other.space.name}, and {benchmark.name} of {benchmark.space.name}: "
            "estimates go from architecture to architecture; give a source of the same space"
        )
    return other


def column(benchmark: TabularBenchmark, metric: str, fidelity: Fidelity, trial: int | None) -> NDArray[np.float64]:
    """The metric of every architecture; `Unmeasured`, with advice, where none has it."""
    try:
        return benchmark.table(metric, fidelity, trial)
    except Unmeasured as error:
        raise Unmeasured(f'{error} Choose another trial; trial = "mean" is the mean over seeds.') from error


def resolve_trial(
    benchmark: Benchmark, metric: str, fidelity: Fidelity, seed: int, trial: int | str | None
) -> int | None:
    """The benchmark's seed to read from, None for their mean; by default the seeds, where there are any, take turns."""
    if trial == "mean":
        return None
    seeds = trials_of(benchmark, metric, fidelity)
    if trial is None:
        return seeds[seed % len(seeds)] if seeds else None
    if trial not in seeds:
        listed = ", ".join(map(str, (*seeds, "mean")))
        raise BadValue(f"{benchmark.name} has no trial {trial!r}; give one of {listed}")
    return int(trial)
