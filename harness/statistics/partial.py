"""Rank correlation given a third column: what x says about y beyond what z says (Kendall, Biometrika 32, 1942)."""

from collections.abc import Callable
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.columns import paired
from harness.statistics.rank import kendall, spearman

SAME = 1e-12
"""A column correlated with z to within this of one holds nothing beyond z."""


def partial_kendall(x: ArrayLike, y: ArrayLike, z: ArrayLike) -> float:
    """Kendall's partial tau-b of x and y given z, shape (n,) each.

    Positive where x and y order pairs alike more often than follows from how each of them agrees with z. NaN with
    fewer than two rows, a constant column, or an x or y that orders the rows exactly as z or exactly the other way.
    `BadValue` for values that are not finite.
    """
    return _partial(kendall, x, y, z)


def partial_spearman(x: ArrayLike, y: ArrayLike, z: ArrayLike) -> float:
    """Spearman's partial rho of x and y given z: the correlation of their ranks less what is linear in the ranks of z.

    Shapes, NaN and errors as for `partial_kendall`.
    """
    return _partial(spearman, x, y, z)


def _partial(correlation: Callable[..., float], x: ArrayLike, y: ArrayLike, z: ArrayLike) -> float:
    x, y, z = paired(x=x, y=y, z=z)
    xy, xz, yz = correlation(x, y), correlation(x, z), correlation(y, z)
    beyond = (1 - xz * xz, 1 - yz * yz)
    if not min(beyond) > SAME:  # also where one is NaN
        return float("nan")
    return float(np.clip((xy - xz * yz) / sqrt(beyond[0] * beyond[1]), -1, 1))
