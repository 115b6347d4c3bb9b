"""The sum of training losses with weights that fade, SoTL-EMA or TSE-EMA (Ru et al., NeurIPS 2021, section 3)."""

import numpy as np

from harness.algorithms._hyper import number
from harness.core import Benchmark
from proxies.low_fidelity._curves import Choice, CurveEstimate, curves_of


def sotl_ema(
    benchmark: Benchmark,
    *,
    seed: int,
    epochs: int | None = None,
    gamma: float = 0.999,
    metric: str = "train_loss",
    trial: int | str | None = None,
    source: str | None = None,
) -> CurveEstimate:
    """Minus the sum over the first T `epochs` of the full schedule of gamma^(T - t) times the mean loss of epoch t.

    `gamma` is 0.999 as in the paper, which is almost `sotl` where few epochs are trained: the lower, the sooner a loss
    is forgotten. The other options are those of `sotl`.
    """
    curves = curves_of(benchmark, metric, Choice(seed, epochs, trial, source))
    ages = np.arange(len(curves.steps))[::-1]
    weights = number("gamma", gamma, 0, 1) ** ages
    return CurveEstimate(curves, lambda rows: (rows * weights).sum(axis=1))
