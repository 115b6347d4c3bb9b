"""The sum of the last training losses, SoTL-E or TSE-E (Ru et al., NeurIPS 2021, section 3)."""

from harness.algorithms._hyper import whole
from harness.core import Benchmark
from harness.errors import BadValue
from proxies.low_fidelity._curves import Choice, CurveEstimate, curves_of


def sotl_e(
    benchmark: Benchmark,
    *,
    seed: int,
    epochs: int | None = None,
    last: int = 1,
    metric: str = "train_loss",
    trial: int | str | None = None,
    source: str | None = None,
) -> CurveEstimate:
    """Minus the sum over the `last` of the first `epochs` of the full schedule of the epoch's mean training loss.

    `last` is the paper's E, 1 as in its experiments: the first epochs are left out as burn-in. The other options are
    those of `sotl`.
    """
    curves = curves_of(benchmark, metric, Choice(seed, epochs, trial, source))
    if whole("last", last, 1) > len(curves.steps):
        raise BadValue(f"last = {last} epochs of a curve of {len(curves.steps)}: give 1 to {len(curves.steps)}")
    return CurveEstimate(curves, lambda rows: rows[:, -last:].sum(axis=1))
