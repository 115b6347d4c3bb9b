"""The curves of TransNAS-Bench-101 as arrays, made while the file is read: as lists they take four times the memory."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue

MOST = 1 << 26
"""Numbers that a file may hold; the official one has about fourteen million."""

STEP = 256
"""Dictionaries between two reports of progress."""

_CLOCK = re.compile(r"(\d{1,6}):([0-5]\d):([0-5]\d)")


class Curves:
    """Takes dictionaries of curves out of a pickle as they are read, and puts arrays into what they belong to.

    `progress` is called now and then.
    """

    def __init__(self, progress: Callable[[], None]) -> None:
        self._progress = progress
        self._dicts = 0
        self._taken: dict[int, tuple[dict[Any, Any], dict[Any, NDArray[np.float64]]]] = {}
        self._numbers = 0

    def __call__(self, found: dict[Any, Any]) -> bool:
        """Whether the content of this dictionary was taken; see `harness.pickles.read`."""
        for key, value in found.items():
            if type(value) is dict and id(value) in self._taken:
                found[key] = self._taken.pop(id(value))[1]
        arrays = _arrays(found)
        if arrays is None:
            return False
        self._numbers += sum(map(len, arrays.values()))
        if self._numbers > MOST:
            raise BadValue(f"the file holds more than {MOST:,} numbers: it is not TransNAS-Bench-101")
        self._taken[id(found)] = found, arrays
        self._dicts += 1
        if self._dicts % STEP == 0:
            self._progress()
        return True


def since_start(where: str, times: NDArray[np.float64]) -> tuple[NDArray[np.float64], str]:
    """Seconds since training began, shape (networks, epochs), from `time_elapsed`, and in words what was read.

    The authors' timer starts with the training and never stops, so that times rise within a network. Where they do for
    most networks, the others (of a training that was taken up again, say) have no seconds. Where they fall in most, the
    times are those of single epochs, and are summed.
    """
    if (times < 0).any():
        raise BadValue(f"{where}: a time is negative")
    falling = np.any(np.diff(times) < 0, axis=1)
    if 2 * falling.sum() > len(times):
        return np.cumsum(times, axis=1), "time_elapsed is per epoch and was summed"
    return np.where(falling[:, None], np.nan, times), (
        f"time_elapsed counts from the start of training, with validation and test; for {falling.sum():,} networks it "
        "goes back, they have no seconds"
    )


def _arrays(found: dict[Any, Any]) -> dict[Any, NDArray[np.float64]] | None:
    """The lists of the dictionary as arrays; None when it holds anything else."""
    if not found or not all(type(values) is list and values for values in found.values()):
        return None
    curves = {name: _numbers(values) for name, values in found.items()}
    arrays = {name: values for name, values in curves.items() if values is not None}
    return arrays if len(arrays) == len(found) else None


def _numbers(values: list[Any]) -> NDArray[np.float64] | None:
    """The list as an array, clock times as seconds; None when it holds anything else."""
    if all(isinstance(value, float | int | np.number) and type(value) is not bool for value in values):
        try:
            return np.array(values, dtype=np.float64)
        except OverflowError:
            return None
    clocks = [_CLOCK.fullmatch(value) if type(value) is str else None for value in values]
    parts = [match.groups() for match in clocks if match]
    return np.array(parts, dtype=np.float64) @ (3600.0, 60.0, 1.0) if len(parts) == len(values) else None
