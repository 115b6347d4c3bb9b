"""The percentile bootstrap (Efron, Annals of Statistics 7, 1979; Efron & Tibshirani 1993, section 13.3)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import BadValue
from harness.statistics.columns import count, same_length
from harness.statistics.draws import draws

UNDEFINED = 0.05
"""With a larger share of undefined resamples the interval is undefined too."""


class Interval(NamedTuple):
    """An estimate and the ends of its confidence interval, all NaN-able, in the unit of the statistic."""

    point: float
    low: float
    high: float


def bootstrap(
    statistic: Callable[..., float],
    *columns: ArrayLike,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """`statistic(*columns)` with its percentile interval over resampled rows; rows stay together across columns.

    Resamples in which the statistic is NaN are left out. The ends are NaN when they are more than 5 % of all, and with
    fewer than two rows. `BadValue` for columns of different lengths, `resamples` below 1, or a `level` not in (0, 1).
    """
    arrays: list[NDArray[Any]] = [np.asarray(values) for values in columns]
    names = [f"column {i}" for i in range(len(arrays))]
    same_length(names, arrays)
    tails(level)
    point = float(statistic(*arrays))
    return Interval(point, *ends(draws(statistic, [arrays], count("resamples", resamples), seed)[0], level))


def tails(level: float) -> tuple[float, float]:
    """The two quantiles between which a share `level` lies; `BadValue` unless 0 < level < 1."""
    if not 0 < level < 1:
        raise BadValue(f"level is {level}: give the confidence as a share between 0 and 1, such as 0.95")
    return (1 - level) / 2, (1 + level) / 2


def ends(values: NDArray[np.float64], level: float) -> tuple[float, float]:
    """The ends of the percentile interval of a statistic's `values` in the resamples, shape (resamples,)."""
    undefined = np.isnan(values)
    if undefined.mean() > UNDEFINED:
        return float("nan"), float("nan")
    low, high = np.quantile(values[~undefined], tails(level))
    return float(low), float(high)
