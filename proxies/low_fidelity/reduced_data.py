"""Accuracy after training on less data (Zhou et al., EcoNAS, CVPR 2020, study it among other reductions)."""

from harness.core import Benchmark
from harness.fidelities import full_fidelity
from proxies.low_fidelity._reduced import Reduced, resolve_trial


def reduced_data(
    benchmark: Benchmark,
    *,
    seed: int,
    data: float = 0.25,
    metric: str = "valid_accuracy",
    trial: int | str | None = None,
) -> Reduced:
    """The metric after the full schedule on a fraction `data` of the training images.

    `trial` is the benchmark's seed that answers, or "mean" for the mean over them; by default they take turns with
    `seed`. A `BadValue` lists the fidelities there are when this one is not among them.
    """
    fidelity = full_fidelity(benchmark, metric)._replace(data=data)
    return Reduced(benchmark, fidelity, metric, resolve_trial(benchmark, metric, fidelity, seed, trial))
