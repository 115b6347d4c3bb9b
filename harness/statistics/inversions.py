"""The number of inversions of a permutation, in O(n log n) operations on whole arrays.

It is the merge-sort count of Knight (JASA 61, 1966) run backwards: instead of merging halves, lower and upper values
are parted, and parted again within each half, and the inversions that each parting undoes are counted.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

ROW = 32
"""Blocks this short are counted pair by pair, which is quicker than parting them further."""


def inversions(permutation: NDArray[np.int64]) -> int:
    """Count the pairs i < j with permutation[i] > permutation[j], for a permutation of 0..n-1."""
    n = len(permutation)
    size = max(ROW, 1 << max(n - 1, 0).bit_length())
    # The permutation goes on with the identity, which inverts nothing, so that all blocks are equally large.
    entries = np.arange(size, dtype=np.min_scalar_type(size - 1))
    entries[:n] = permutation
    total, half = 0, size // 2
    while half >= ROW:
        entries, parted = _part(entries, half)
        total += parted
        half //= 2
    return total + _within_rows((entries % ROW).astype(np.uint8).reshape(-1, ROW))


def _part(entries: NDArray[Any], half: int) -> tuple[NDArray[Any], int]:
    """Put the lower values of each block of 2 `half` entries first; also count the inversions that this undoes."""
    upper = (entries & half) != 0
    low, high = np.flatnonzero(~upper), np.flatnonzero(upper)
    halves = np.empty((len(entries) // half // 2, 2, half), dtype=entries.dtype)
    halves[:, 0] = entries[low].reshape(-1, half)
    halves[:, 1] = entries[high].reshape(-1, half)
    # Each lower value moves forward by one place for each upper value that it passes.
    blocks = len(halves)
    settled = half * half * blocks * (blocks - 1) + blocks * half * (half - 1) // 2
    return halves.reshape(-1), int(low.sum()) - settled


def _within_rows(rows: NDArray[np.uint8]) -> int:
    """Count rows[k, i] > rows[k, j] over all k and i < j: left halves against right halves, then within each half."""
    columns = np.ascontiguousarray(rows.T)
    total, half = 0, len(columns) // 2
    while half:
        left, right = columns.reshape(-1, 2, half, len(rows)).swapaxes(0, 1)
        total += int(np.count_nonzero(left[:, :, None] > right[:, None]))
        half //= 2
    return total
