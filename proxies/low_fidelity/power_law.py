"""A power law through the learning curve, extrapolated (pow3 of Domhan et al., IJCAI 2015, table 1)."""

import numpy as np

from harness.core import Benchmark
from proxies.low_fidelity._curves import Choice, CurveEstimate, Floats, curves_of

RATES = (0.01, 10.0)
"""The range of c: from a curve that grows like log t to one that is flat after its first epoch."""

GRID = 60
"""Values of c tried in the whole range."""

HALVINGS = 40
"""Steps of the golden section between two of them: it narrows c to eight digits."""

GOLDEN = (5**0.5 - 1) / 2


def power_law(
    benchmark: Benchmark,
    *,
    seed: int,
    epochs: int | None = None,
    metric: str = "valid_accuracy",
    trial: int | str | None = None,
    source: str | None = None,
) -> CurveEstimate:
    """The value of a - b t^-c at the end of the full schedule, fitted by least squares to the first `epochs` t.

    b >= 0, and c lies in 0.01 to 10, so that a falling curve is extrapolated by its mean. The metric is negated where
    less is better. At least three epochs are needed, by default a quarter of the schedule is taken. `trial` is the
    benchmark's seed that answers, or "mean" for the mean over them; by default they take turns with `seed`. `source`
    names another benchmark of the same space to read from or to train with.
    """
    curves = curves_of(benchmark, metric, Choice(seed, epochs, trial, source), least=3)
    return CurveEstimate(curves, lambda rows: extrapolate(rows, curves.final))


def extrapolate(rows: Floats, final: int) -> Floats:
    """The power law of each curve, shape (curves, epochs), at epoch `final`.

    Given c, a and b are those of linear least squares (variable projection); c is searched on a grid, and between the
    neighbours of the best by golden section.
    """
    logs = np.log(np.arange(1, rows.shape[1] + 1))
    spread = rows - rows.mean(axis=1, keepdims=True)
    grid = np.geomspace(*RATES, GRID)
    gains = np.stack([_fit(spread, logs, np.full((len(rows), 1), c))[0] for c in grid])
    best = gains.argmax(axis=0)
    low, high = (np.log(grid[np.clip(best + side, 0, GRID - 1)])[:, None] for side in (-1, 1))
    for _ in range(HALVINGS):
        inner = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        left, right = (_fit(spread, logs, np.exp(point))[0][:, None] for point in inner)
        low, high = np.where(left < right, inner[0], low), np.where(left < right, high, inner[1])
    c = np.exp((low + high) / 2)
    _, b = _fit(spread, logs, c)
    ahead = np.exp(-c * logs).mean(axis=1) - final ** -c[:, 0]
    extrapolated: Floats = rows.mean(axis=1) + b * ahead
    return extrapolated


def _fit(spread: Floats, logs: Floats, c: Floats) -> tuple[Floats, Floats]:
    """By how much the best b >= 0 lowers the sum of squares of a curve without its mean, and this b; c per curve."""
    shape = np.exp(-c * logs)
    shape -= shape.mean(axis=1, keepdims=True)
    square = (shape * shape).sum(axis=1)
    b = np.maximum(-(spread * shape).sum(axis=1) / square, 0.0)
    return b * b * square, b
