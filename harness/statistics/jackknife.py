"""How much Kendall's tau-b scatters from sample to sample, by the jackknife (Efron & Tibshirani 1993, chapter 11)."""

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.columns import paired
from harness.statistics.pairs import Pairs


def kendall_variance(x: ArrayLike, y: ArrayLike) -> float:
    """The variance of tau-b times the number of rows, which hardly depends on that number once there are some dozens.

    From tau-b without each row in turn, which follows from the row's own pairs. NaN with fewer than three rows, or
    where leaving one row out leaves a constant column. `BadValue` for values that are not finite.
    """
    x, y = paired(x=x, y=y)
    n = len(x)
    if n < 3:
        return float("nan")
    counts = Pairs(x, y).counts(np.ones((n, 1), dtype=np.uint16))
    # Each pair is counted by both of its rows, so leaving out one row takes its own number off twice.
    score, untied_x, untied_y = (c.sum(dtype=np.float64) - 2.0 * c[:, 0] for c in counts[:3])
    with np.errstate(invalid="ignore", divide="ignore"):
        without = score / np.sqrt(untied_x * untied_y)
    return float((n - 1) * ((without - without.mean()) ** 2).sum())
