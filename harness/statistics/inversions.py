"""The number of inversions of a permutation, in O(n log n) operations on whole arrays.

The merge-sort count of Knight (JASA 61, 1966), read from the top: halves of the positions are told apart first, and
blocks that are small enough are counted in one go instead of by further halving.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 14
"""Blocks of 2^14 positions are counted in one go; their digits have 7 bits and fit a byte."""


def inversions(permutation: NDArray[np.int64]) -> int:
    """Count the pairs i < j with permutation[i] > permutation[j], for a permutation of 0..n-1."""
    n = len(permutation)
    bits = max(n - 1, 1).bit_length()
    # The permutation goes on with the identity, which inverts nothing, so that all blocks below are equally large.
    padded = np.arange(1 << bits, dtype=np.uint16 if bits <= 16 else np.int64)
    padded[:n] = permutation
    total = 0
    while bits > LARGEST:
        padded, across = _halve(padded, bits)
        total += across
        bits -= 1
    return total + sum(_block(block) for block in padded.reshape(-1, 1 << bits) & ((1 << bits) - 1))


def _halve(permutation: NDArray[Any], bits: int) -> tuple[NDArray[Any], int]:
    """Split each block of 2^bits entries into its lower and its upper values; also count the pairs that this undoes.

    An inversion and its mirror image in the inverse permutation are one pair, so it does not matter which is which.
    """
    half = 1 << (bits - 1)
    upper = (permutation & half) != 0
    low, high = np.flatnonzero(~upper), np.flatnonzero(upper)
    # A lower value at place p of its block that is the r-th lower one there stands behind p - r upper ones.
    across = int((low & (2 * half - 1)).sum()) - len(low) * (half - 1) // 2
    halves = np.stack([permutation[low].reshape(-1, half), permutation[high].reshape(-1, half)], axis=1)
    return halves.reshape(-1), across


def _block(permutation: NDArray[Any]) -> int:
    """Count a permutation of 2^bits entries by cutting its positions and its values into about 2^(bits/2) runs each.

    An inverted pair lies in one run of values, or in one run of positions but two of values, or in two of each.
    """
    size = len(permutation)
    width = 1 << (size.bit_length() // 2)
    inverse = np.empty(size, dtype=np.uint16)
    inverse[permutation] = np.arange(size, dtype=np.uint16)
    value_run = (permutation // width).astype(np.uint8).reshape(-1, width)
    return _within_rows(inverse.reshape(-1, width)) + _within_rows(value_run) + _across_runs(value_run)


def _within_rows(rows: NDArray[Any]) -> int:
    """Count rows[k, i] > rows[k, j] over all k and i < j, left halves against right halves."""
    columns = np.ascontiguousarray(rows.T)
    total, half = 0, len(columns) // 2
    while half:
        left, right = columns.reshape(-1, 2, half, len(rows)).swapaxes(0, 1)
        total += int(np.count_nonzero(left[:, :, None] > right[:, None]))
        half //= 2
    return total


def _across_runs(value_run: NDArray[np.uint8]) -> int:
    """Count the pairs whose runs of positions (the rows) and runs of values both differ, in opposite directions."""
    runs = len(value_run)
    keys = value_run + np.arange(runs)[:, None] * runs
    table = np.bincount(keys.reshape(-1), minlength=runs * runs).reshape(runs, runs)
    above = table.sum(axis=1, keepdims=True) - table.cumsum(axis=1)
    earlier = np.ascontiguousarray(above.T).cumsum(axis=1)[:, :-1]
    return int((earlier * table[1:].T).sum())
