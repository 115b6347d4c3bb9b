"""The last value of a learning curve: what early stopping ranks by (White et al., NeurIPS 2021, section 3)."""

from harness.core import Benchmark
from proxies.low_fidelity._curves import Choice, CurveEstimate, curves_of


def last_value(
    benchmark: Benchmark,
    *,
    seed: int,
    epochs: int | None = None,
    metric: str = "valid_accuracy",
    trial: int | str | None = None,
    source: str | None = None,
) -> CurveEstimate:
    """The metric after `epochs` of the full schedule, negated where less is better.

    NaN where it, or the value after an earlier epoch, is missing. By default after a quarter of the schedule. `trial`
    is the benchmark's seed that answers, or "mean" for the mean over them; by default they take turns with `seed`.
    `source` names another benchmark of the same space to read from or to train with.
    """
    curves = curves_of(benchmark, metric, Choice(seed, epochs, trial, source))
    return CurveEstimate(curves, lambda rows: rows[:, -1])
