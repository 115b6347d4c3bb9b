"""What may be the key of a dict or the item of a set: hashing it is cheap."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.errors import BadValue

PLAIN = frozenset({str, int, float, bytes, bool, type(None)})

WIDEST = 16
"""Items of the longest tuple that is a key."""


def check_keys(keys: Sequence[Any]) -> None:
    """Raise `BadValue` unless each is a plain value, or a tuple of these or of tuples of these."""
    if PLAIN.issuperset(map(type, keys)):
        return
    for key in keys:
        if not _hashable(key, 2):
            raise BadValue(
                f"a key is a {type(key).__name__}, or too large a tuple; allowed are str, bytes, int, float, bool, "
                "None, and short tuples of these"
            )


def _hashable(key: Any, depth: int) -> bool:
    if type(key) is tuple:
        return depth > 0 and len(key) <= WIDEST and all(_hashable(item, depth - 1) for item in key)
    return type(key) in PLAIN or isinstance(key, np.number | np.bool_)
