"""p-values of several tests, corrected for there being several.

Holm, Scandinavian Journal of Statistics 6, 1979; Benjamini & Hochberg, Journal of the Royal Statistical Society B
57, 1995.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import BadValue
from harness.statistics.columns import column


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Corrected p-values, shape (tests,): rejecting those below alpha errs at all with probability alpha at most."""
    values, order = _ordered(p)
    tests = len(values)
    return _back(np.maximum.accumulate(values[order] * np.arange(tests, 0, -1)), order)


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Corrected p-values, shape (tests,): of those below alpha, a share alpha at most is expected to be wrong.

    For tests that are independent or positively dependent.
    """
    values, order = _ordered(p)
    tests = len(values)
    scaled = values[order] * tests / np.arange(1, tests + 1)
    return _back(np.minimum.accumulate(scaled[::-1])[::-1], order)


def _ordered(p: ArrayLike) -> tuple[NDArray[Any], NDArray[np.int64]]:
    values = column("p", p)
    outside = np.flatnonzero((values < 0) | (values > 1))
    if len(outside):
        row = int(outside[0])
        raise BadValue(f"p[{row}] is {values[row]}: give probabilities from 0 to 1")
    return values, np.argsort(values, kind="stable")


def _back(corrected: NDArray[np.float64], order: NDArray[np.int64]) -> NDArray[np.float64]:
    result = np.empty(len(order))
    result[order] = np.minimum(corrected, 1)
    return result
