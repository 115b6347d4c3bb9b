"""Rows of bits, packed so that they are compared quickly."""

import numpy as np
from numpy.typing import NDArray

WORD = 8
"""Bytes."""


def pack(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Rows of bits as words: shape (rows, bits) to (rows, words); equal rows stay equal, different ones different."""
    packed = np.packbits(bits, axis=1)
    packed = np.pad(packed, ((0, 0), (0, -packed.shape[1] % WORD)))
    return np.ascontiguousarray(packed).view(np.uint64)


def different(rows: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The different rows of words, shape (rows, words)."""
    return np.unique(rows)[:, None] if rows.shape[1] == 1 else np.unique(rows, axis=0)
