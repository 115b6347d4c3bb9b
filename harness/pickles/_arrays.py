"""The state that numpy's types and arrays are given after they are made."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue
from harness.pickles._words import as_text

_ORDERS = [(3, order, None, None, None, -1, -1, 0) for order in "<|"]


def fill(target: Any, state: Any) -> tuple[Any, int]:
    """What becomes of the target when it is given the state, and its bytes; `BadValue` for all but numbers."""
    if type(state) is tuple and len(state) < 16:
        if isinstance(target, np.dtype):
            return _order(target, state), 0
        if type(target) is np.ndarray:
            return _fill_array(target, state), target.nbytes
    raise BadValue("gives a state to what takes none")


def _order(target: np.dtype[Any], state: tuple[Any, ...]) -> np.dtype[Any]:
    """The byte order of a dtype: ours are made little-endian, so that there is nothing left to do."""
    state = tuple(map(as_text, state))
    if not {int, str, type(None)}.issuperset(map(type, state)) or state not in _ORDERS:
        raise BadValue("describes a dtype that is no plain little-endian number")
    return target


def _fill_array(target: NDArray[Any], state: tuple[Any, ...]) -> NDArray[Any]:
    """An array's state: version, shape, dtype, whether columns come first, and the bytes of its numbers."""
    try:
        version, shape, kind, by_column, data = state
        sound = (
            (type(version), type(shape), type(by_column), type(data)) == (int, tuple, bool, bytes)
            and isinstance(kind, np.dtype)
            and len(shape) <= 8
            and all(type(size) is int and 0 <= size < 1 << 48 for size in shape)
            and math.prod(shape) * kind.itemsize == len(data)
        )
        if not sound:
            raise BadValue("describes an array that its bytes do not fill")
        target.__setstate__((1, shape, kind, by_column, data))
    except (ValueError, TypeError) as error:
        raise BadValue("describes an array that its bytes do not fill") from error
    return target
