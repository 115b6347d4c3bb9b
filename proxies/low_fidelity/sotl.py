"""The sum of training losses, SoTL or TSE (Ru et al., NeurIPS 2021, equation 1)."""

from harness.core import Benchmark
from proxies.low_fidelity._curves import Choice, CurveEstimate, curves_of


def sotl(
    benchmark: Benchmark,
    *,
    seed: int,
    epochs: int | None = None,
    metric: str = "train_loss",
    trial: int | str | None = None,
    source: str | None = None,
) -> CurveEstimate:
    """Minus the sum over the first `epochs` of the full schedule of the epoch's mean training loss.

    By default a quarter of the schedule. `trial` is the benchmark's seed that answers, or "mean" for the mean over
    them; by default they take turns with `seed`. `source` names another benchmark of the same space to read from or to
    train with. A metric to be maximised is summed as it is.
    """
    curves = curves_of(benchmark, metric, Choice(seed, epochs, trial, source))
    return CurveEstimate(curves, lambda rows: rows.sum(axis=1))
