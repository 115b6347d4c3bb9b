"""Several families of learning curves, extrapolated and weighted by fit (Domhan et al., IJCAI 2015, section 3.2)."""

import numpy as np

from harness.algorithms._curves import expected_last
from harness.core import Benchmark
from proxies.low_fidelity._curves import Choice, CurveEstimate, Floats, curves_of


def curve_ensemble(
    benchmark: Benchmark,
    *,
    seed: int,
    epochs: int | None = None,
    metric: str = "valid_accuracy",
    trial: int | str | None = None,
    source: str | None = None,
) -> CurveEstimate:
    """The value to be expected at the end of the full schedule, given the first `epochs`.

    A power law, an exponential and 1 / log(t + 1), each monotone and fitted by least squares, are weighted by their
    likelihood with the linear parameters and the noise integrated out. This is deterministic; the paper samples the
    parameters and weights of eleven families by MCMC. At least three epochs are needed, by default a quarter of the
    schedule is taken. The other options are those of `power_law`.
    """
    curves = curves_of(benchmark, metric, Choice(seed, epochs, trial, source), least=3)
    known = tuple(step.epochs for step in curves.steps)
    stops = known if known[-1] == curves.final else (*known, curves.final)

    def extrapolate(rows: Floats) -> Floats:
        return np.array([-expected_last(row, stops) for row in -rows])

    return CurveEstimate(curves, extrapolate)
