"""Rank correlation: Kendall's tau-b (Biometrika 33, 1945, equation 7) and Spearman's rho, ties and signs included."""

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.statistics.codes import codes, stable_order
from harness.statistics.columns import column, paired
from harness.statistics.inversions import inversions


def kendall(x: ArrayLike, y: ArrayLike) -> float:
    """Kendall's tau-b of two columns, shape (n,) each, in O(n log n).

    NaN with fewer than two rows or a constant column; `BadValue` for values that are not finite.
    """
    x, y = (codes(values) for values in paired(x=x, y=y))
    n = len(x)
    pairs, tied_x, tied_y = n * (n - 1) // 2, _tied_pairs(x), _tied_pairs(y)
    if tied_x == pairs or tied_y == pairs:
        return float("nan")
    # Ordered by y and then x, a pair is discordant exactly where ordering by x (and then y) turns it round.
    order = stable_order(x)
    order = order[stable_order(y[order])]
    x, y = x[order], y[order]
    discordant = inversions(stable_order(x))
    score = pairs - tied_x - tied_y + _tied_rows(x, y) - 2 * discordant
    return _clip(score / sqrt((pairs - tied_x) * (pairs - tied_y)))


def spearman(x: ArrayLike, y: ArrayLike) -> float:
    """Spearman's rho of two columns, shape (n,) each: the correlation of their ranks, ties sharing their average.

    NaN with fewer than two rows or a constant column; `BadValue` for values that are not finite.
    """
    x, y = (centred_ranks(codes(values)) for values in paired(x=x, y=y))
    scale = sqrt((x * x).sum() * (y * y).sum())
    return _clip((x * y).sum() / scale) if scale > 0 else float("nan")


def tied_share(x: ArrayLike) -> float:
    """The share of all pairs of rows that have the same value; NaN with fewer than two rows."""
    values = codes(column("x", x))
    pairs = len(values) * (len(values) - 1) // 2
    return _tied_pairs(values) / pairs if pairs else float("nan")


def _tied_pairs(x: NDArray[Any]) -> int:
    sizes = np.bincount(x)
    return int((sizes * (sizes - 1)).sum()) // 2


def _tied_rows(x: NDArray[Any], y: NDArray[Any]) -> int:
    """Count the pairs of rows that agree in both columns; equal rows stand side by side."""
    starts = np.flatnonzero((x[1:] != x[:-1]) | (y[1:] != y[:-1])) + 1
    sizes = np.diff(starts, prepend=0, append=len(x))
    return int((sizes * (sizes - 1)).sum()) // 2


def centred_ranks(x: NDArray[Any]) -> NDArray[np.float64]:
    """Average ranks of codes, shape (n,), less their mean, (n + 1) / 2."""
    sizes = np.bincount(x)
    ranks = np.cumsum(sizes) - sizes / 2 - len(x) / 2
    centred: NDArray[np.float64] = ranks[x]
    return centred


def _clip(correlation: Any) -> float:
    """Rounding may carry a perfect correlation past one."""
    return float(min(1.0, max(-1.0, correlation)))
