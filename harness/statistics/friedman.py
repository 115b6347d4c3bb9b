"""Do any of several algorithms differ? Friedman's test and the correction of Iman and Davenport.

Friedman, Journal of the American Statistical Association 32, 1937; Iman & Davenport, Communications in Statistics
9, 1980; both in Demsar, JMLR 7, 2006, section 3.2.2.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, fdtrc
from scipy.stats import rankdata

from harness.errors import BadValue
from harness.statistics.columns import runs_by_algorithms


class Friedman(NamedTuple):
    """Friedman's chi-squared and Iman and Davenport's F with their p-values, and what they were computed from.

    `ranks` are the average ranks, 1 = lowest value = best, shape (algorithms,), over `rows` rows.
    """

    chi2: float
    chi2_p: float
    f: float
    f_p: float
    ranks: NDArray[np.float64]
    rows: int


def friedman(values: ArrayLike) -> Friedman:
    """Test that all algorithms rank alike, for `values` of shape (data sets or runs, algorithms).

    Ties share their average rank and the statistic is corrected for them. Where all rows agree perfectly, F is
    infinite and its p-value 0; where all values tie in each row, all is NaN. `BadValue` for fewer than two rows or
    algorithms, or values that are not finite.
    """
    table = blocks(values)
    n, k = table.shape
    # Twice the ranks are whole numbers, so between and within are exact, and so are the cases in which they vanish.
    twice = 2 * rankdata(table, axis=1)
    between = float(((twice.sum(axis=0) - n * (k + 1)) ** 2).sum())
    within = float((twice**2).sum()) - n * k * (k + 1) ** 2
    ranks = twice.mean(axis=0) / 2
    if within == 0:
        nan = float("nan")
        return Friedman(nan, nan, nan, nan, ranks, n)
    chi2 = (k - 1) * between / within
    # (n - 1) chi2 / (n (k - 1) - chi2)
    rest = n * within - between
    f = (n - 1) * between / rest if rest > 0 else float("inf")
    f_p = float(fdtrc(k - 1, (k - 1) * (n - 1), f)) if rest > 0 else 0.0
    return Friedman(chi2, float(chdtrc(k - 1, chi2)), f, f_p, ranks, n)


def blocks(values: ArrayLike) -> NDArray[np.float64]:
    """`values` of at least two rows and two algorithms; `BadValue` otherwise."""
    table = runs_by_algorithms(values)
    if min(table.shape) < 2:
        raise BadValue(f"values have shape {table.shape}: give at least two rows and two algorithms to compare")
    return table
