"""The mean over seeds with Student's t interval (Student, Biometrika 6, 1908)."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from harness.statistics.bootstrap import Interval, tails


def mean_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """Mean of `values`, shape (seeds,), and the t interval of the mean, in their unit.

    The ends are NaN with a single value. All is NaN without values or when one of them is not finite: no seed is left
    out silently. `BadValue` for a `level` not in (0, 1).
    """
    _, upper = tails(level)
    array = np.asarray(values, dtype=np.float64).reshape(-1)
    n = len(array)
    if n == 0 or not np.isfinite(array).all():
        return Interval(float("nan"), float("nan"), float("nan"))
    mean = float(array.mean())
    if n == 1:
        return Interval(mean, float("nan"), float("nan"))
    half = float(stdtrit(n - 1, upper) * array.std(ddof=1) / np.sqrt(n))
    return Interval(mean, mean - half, mean + half)
