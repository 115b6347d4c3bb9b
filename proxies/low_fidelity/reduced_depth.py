"""Accuracy after training a shallower network (Zhou et al., EcoNAS, CVPR 2020, study it among other reductions)."""

from harness.core import Benchmark
from proxies.low_fidelity._reduced import Reduced
from proxies.low_fidelity.reduced import reduced


def reduced_depth(
    benchmark: Benchmark,
    *,
    seed: int,
    depth: float = 0.5,
    metric: str = "valid_accuracy",
    trial: int | str | None = None,
    source: str | None = None,
) -> Reduced:
    """The metric after the full schedule of a network with a fraction `depth` of the cells of a stage.

    `trial` is the benchmark's seed that answers, or "mean" for the mean over them; by default they take turns with
    `seed`. `source` names another benchmark of the same space to read from or to train with, such as "digits_live".
    A `BadValue` lists the fidelities there are when this one is not among them.
    """
    return reduced(benchmark, seed=seed, depth=depth, metric=metric, trial=trial, source=source)
