"""Kendall's tau that counts a pair the more the nearer the top it is (Vigna, WWW 2015)."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.statistics.columns import paired
from harness.statistics.pairs import PairCounts, Pairs


def weighted_kendall(x: ArrayLike, y: ArrayLike) -> float:
    """The additive hyperbolic tau of two columns, shape (n,) each, higher = better, in O(n log n).

    A pair weighs 1/r + 1/s, where r and s are the ranks of its rows, 1 = best; ties count as in tau-b. The value is
    the mean of the two taus with ranks by x (then y) and by y (then x): what SciPy's `weightedtau` gives by default.
    NaN with fewer than two rows or a constant column; `BadValue` for values that are not finite.
    """
    x, y = paired(x=x, y=y)
    if len(x) < 2:
        return float("nan")
    return float(weighted_taus(Pairs(x, y), np.ones((len(x), 1), dtype=np.uint16))[0])


def weighted_taus(pairs: Pairs, times: NDArray[Any]) -> NDArray[np.float64]:
    """Weighted tau of each resample; `times` has shape (n, resamples), see `Pairs.counts`."""
    n, counts = len(times), pairs.counts(times)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, n + 1))])
    taus = []
    for under in (counts.under_x, counts.under_y):
        last = n - under.astype(np.intp)
        # Copies of a row have the ranks above `last`, one after the other: their weights are a piece of the series.
        taus.append(correlations(harmonic[last] - harmonic[last - times], counts))
    return (taus[0] + taus[1]) / 2


def taus(pairs: Pairs, times: NDArray[Any]) -> NDArray[np.float64]:
    """Kendall's tau-b of each resample, as `rank.kendall` gives it; `times` as for `weighted_taus`."""
    return correlations(times, pairs.counts(times))


def correlations(weights: NDArray[Any], counts: PairCounts) -> NDArray[np.float64]:
    """The tau of each resample whose pairs weigh the sum of their rows' `weights`, shape (n, resamples).

    With equal weights this is tau-b (Kendall, Biometrika 33, 1945, equation 7); in general, Vigna's section 3.
    """
    score, untied_x, untied_y = (np.einsum("ij,ij->j", weights, c, dtype=np.float64) for c in counts[:3])
    with np.errstate(invalid="ignore"):
        values: NDArray[np.float64] = np.clip(score / np.sqrt(untied_x * untied_y), -1.0, 1.0)
    return values
