"""Values as small integers in the same order: all that a rank statistic needs, and quick to sort."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

RADIX = 1 << 16
"""NumPy sorts 16-bit integers stably in linear time, so codes are of that kind wherever they fit."""


def codes(values: NDArray[Any]) -> NDArray[Any]:
    """Non-negative integers that order and tie like the finite `values`, all below a small multiple of their number.

    Integers of a small range are only shifted, so that rows drawn from codes need no second sort.
    """
    if values.dtype.kind in "iu" and len(values):
        low, span = int(values.min()), int(values.max()) - int(values.min())
        if span < max(4 * len(values), RADIX // 4):
            return _compact(values - values.dtype.type(low), span)
    order = np.argsort(values)
    ordered = values[order]
    rank = np.zeros(len(values), dtype=np.int64)
    rank[order[1:]] = np.cumsum(ordered[1:] != ordered[:-1])
    return _compact(rank, len(values))


def stable_order(coded: NDArray[Any]) -> NDArray[np.int64]:
    """The rows in the order of their codes, equal ones in the order they stand in: a radix sort, 16 bits at a time."""
    if coded.dtype == np.uint16:
        return np.argsort(coded, kind="stable")
    order = stable_order((coded % RADIX).astype(np.uint16))
    return order[stable_order(_compact(coded[order] // RADIX, int(coded.max(initial=0)) // RADIX))]


def _compact(numbers: NDArray[Any], largest: int) -> NDArray[Any]:
    return numbers.astype(np.uint16 if largest < RADIX else np.int64, copy=False)
