"""Random search without running it: the exact expectation of the best of k architectures drawn uniformly.

The best of k draws without replacement is at or below rank j with probability C(j, k) / C(n, k); the difference
between neighbouring ranks is the probability of rank j (order statistics of a finite population: Wilks 1962,
section 8.8; NAS: Dodge et al., EMNLP 2019, section 3, who draw with replacement).
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import BadValue
from harness.statistics.columns import count, paired

CHUNK = 1 << 17
"""Probabilities held at a time."""


def expected_best(valid: ArrayLike, test: ArrayLike, ks: ArrayLike, *, replace: bool = False) -> NDArray[np.float64]:
    """The expected `test` value of the draw with the highest `valid` value among k draws, for each k in `ks`.

    `valid` and `test` have shape (n,), higher `valid` is better; the result has the shape of `ks` and the unit of
    `test`. Among draws that tie in `valid` the first one wins, which is any of them with equal probability.
    `BadValue` for values that are not finite, k below 1, and without replacement k above n.
    """
    valid, test = paired(valid=valid, test=test)
    n = len(valid)
    if n == 0:
        raise BadValue("valid and test are empty: give at least one architecture")
    wanted = np.asarray(ks)
    most = None if replace else n
    draws = np.array([count("k", k, most) for k in wanted.reshape(-1).tolist()], dtype=np.int64)
    means = _tie_means(valid, test)
    weigh = _with_replacement if replace else _without_replacement
    rows = max(1, CHUNK // n)
    chunks = [(weigh(n, draws[i : i + rows, None]) * means).sum(axis=1) for i in range(0, len(draws), rows)]
    return np.concatenate([np.empty(0), *chunks]).reshape(wanted.shape)


def _tie_means(valid: NDArray[Any], test: NDArray[Any]) -> NDArray[np.float64]:
    """Test values from the worst validation to the best; ties share their mean, as each of them is equally likely."""
    _, group, sizes = np.unique(valid, return_inverse=True, return_counts=True)
    means = np.bincount(group, weights=test) / sizes
    return np.repeat(means, sizes)


def _without_replacement(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    """The probability that the best of k draws is at rank j, for j = 1 (worst) to n, shape (ks, n).

    With F(j) = C(j, k) / C(n, k), F(j - 1) = F(j) (1 - k / j): a product of factors in [0, 1] from the top, which
    neither overflows nor cancels, and F(j) - F(j - 1) = F(j) k / j.
    """
    hit = np.minimum(k / np.arange(1, n + 1), 1.0)
    above = np.cumprod(1 - hit[:, :0:-1], axis=1)[:, ::-1]
    hit[:, :-1] *= above
    return hit


def _with_replacement(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    """The same with F(j) = (j / n)^k, so that F(j) - F(j - 1) = F(j) (1 - (1 - 1 / j)^k)."""
    j = np.arange(1, n + 1)
    with np.errstate(divide="ignore"):
        hit = -np.expm1(k * np.log1p(-1 / j))
    probability: NDArray[np.float64] = (j / n) ** k * hit
    return probability
