"""For each entry of a permutation, the weight of the smaller entries before it, under many weightings at once.

Lower and upper values are parted, and parted again within each half, as in `inversions`. Which entry meets which
depends on the permutation alone and is worked out once; a weighting then costs a few additions per entry and level.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

STEP = 64
"""Rows are summed this many at a time: NumPy adds whole rows quickly, but accumulates down columns slowly."""
NARROW = 8
"""With fewer columns than this, accumulating down them is quicker."""


class Level(NamedTuple):
    """One parting into blocks of lower and upper values: the rows of each, in the order they stand in.

    Before each upper entry stand `ahead` lower ones, of which `earlier` belong to the blocks before its own.
    """

    lower: NDArray[np.intp]
    upper: NDArray[np.intp]
    ahead: NDArray[np.intp]
    earlier: NDArray[np.intp]


def levels(permutation: NDArray[Any]) -> list[Level]:
    """The partings of a permutation of 0..n-1, from one block of all to single entries."""
    n = len(permutation)
    entries = permutation.astype(np.min_scalar_type(max(n - 1, 0)))
    rows, half, found = np.arange(n), (1 << max(n - 1, 0).bit_length()) // 2, []
    while half:
        is_upper = (entries & half) != 0
        lower, upper = np.flatnonzero(~is_upper), np.flatnonzero(is_upper)
        # Only the last block can be short of entries, and it lacks upper ones first: each before it has `half` of both.
        low, high = np.arange(len(lower)), np.arange(len(upper))
        found.append(Level(rows[lower], rows[upper], upper - high, high // half * half))
        order = np.empty(n, dtype=np.intp)
        order[low + low // half * half] = lower
        order[high + high // half * half + half] = upper
        rows, entries, half = rows[order], entries[order], half // 2
    return found


def weight_below(partings: list[Level], weights: NDArray[Any]) -> NDArray[Any]:
    """The weight of the smaller entries before each entry, for weights of shape (n, weightings), and in their type."""
    below = np.zeros_like(weights)
    for lower, upper, ahead, earlier in partings:
        sums = running_sums(weights.take(lower, axis=0))
        below[upper] += sums.take(ahead, axis=0) - sums.take(earlier, axis=0)
    return below


def running_sums(values: NDArray[Any]) -> NDArray[Any]:
    """Row i holds the sum of the first i rows of `values`, shape (n, columns), in their type; at least n + 1 rows."""
    n, width = values.shape
    step = STEP if width >= NARROW else 1
    blocks = -(-n // step)
    sums = np.zeros((blocks * step + 1, width), dtype=values.dtype)
    sums[1 : n + 1] = values
    body = sums[1:].reshape(blocks, step, width)
    for i in range(1, step):
        body[:, i] += body[:, i - 1]
    body[1:] += np.cumsum(body[:-1, -1], axis=0, dtype=values.dtype)[:, None]
    return sums
