"""The paired signed-rank test of two algorithms (Wilcoxon, Biometrics Bulletin 1, 1945).

Runs on which both end equal are ranked with the others and then left out (Pratt, Journal of the American Statistical
Association 54, 1959): on a table both often find the same architecture. Were such runs left out before ranking, an
algorithm could look less clearly better for being a little better in every run.
"""

from math import erfc, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from harness.errors import BadValue
from harness.statistics.columns import paired

EXACT = 50
"""Up to so many differences the p-value is exact, ties and zeros included; above it is the normal approximation."""


class SignedRank(NamedTuple):
    """The smaller of the two rank sums, the two-sided p-value and how it was computed.

    `n` pairs were compared, of which `zeros` were equal.
    """

    statistic: float
    p: float
    n: int
    zeros: int
    exact: bool


def signed_rank(a: ArrayLike, b: ArrayLike) -> SignedRank:
    """Test that `a` and `b`, shape (runs,), equal seeds in equal rows, differ symmetrically around zero.

    Differences tie where they are equal as numbers: round values first whose last digits mean nothing. If all pairs
    are equal p is 1. `BadValue` for different lengths, no runs, or values that are not finite.
    """
    a, b = paired(a=a, b=b)
    if not len(a):
        raise BadValue("a and b are empty: give at least one run")
    difference = a.astype(np.float64) - b.astype(np.float64)
    differs = difference != 0
    # Average ranks end in a half at most, so twice the ranks are whole numbers.
    twice = (2 * rankdata(np.abs(difference))[differs]).astype(np.int64)
    positive = int(twice[difference[differs] > 0].sum())
    least = min(positive, int(twice.sum()) - positive)
    exact = len(twice) <= EXACT
    p = _exact(twice, least) if exact else _normal(twice, least)
    return SignedRank(least / 2, min(1.0, p), len(a), len(a) - len(twice), exact)


def _exact(ranks: NDArray[np.int64], least: int) -> float:
    """Twice the probability of a sum of at most `least` when each rank is in it or not by the toss of a coin."""
    probability = np.zeros(int(ranks.sum()) + 1)
    probability[0] = 1.0
    for rank in ranks:
        probability /= 2
        probability[rank:] += probability[:-rank]
    return 2 * float(probability[: least + 1].sum())


def _normal(ranks: NDArray[np.int64], least: int) -> float:
    """Mean and variance of the sum given the ranks, so that ties and zeros are accounted for; no continuity term."""
    deviation = (ranks.sum() / 2 - least) / sqrt(float((ranks.astype(np.float64) ** 2).sum()) / 4)
    return erfc(float(deviation) / sqrt(2))
