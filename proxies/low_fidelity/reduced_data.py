"""Accuracy after the full schedule on less data (Klein et al., AISTATS 2017, section 3)."""

from harness.core import Benchmark
from proxies.low_fidelity._reduced import Reduced, default_trial


def reduced_data(
    benchmark: Benchmark, *, seed: int, data: float = 0.25, metric: str = "valid_accuracy", trial: int | None = None
) -> Reduced:
    """The metric after the full schedule on a fraction `data` of the training images.

    `trial` is the benchmark's seed that answers; by default they take turns with `seed`. A `BadValue` lists the
    fidelities there are when this one is not among them.
    """
    trial = default_trial(benchmark, seed) if trial is None else trial
    return Reduced(benchmark, benchmark.fidelities[-1]._replace(data=data), metric, trial)
