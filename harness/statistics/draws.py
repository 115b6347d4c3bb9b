"""A statistic of the same rows in many resamples, by the quickest way there is."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.statistics.pairs import Pairs
from harness.statistics.rank import kendall
from harness.statistics.weighted import taus, weighted_kendall, weighted_taus

QUICK: dict[Callable[..., float], Callable[[Pairs, NDArray[Any]], NDArray[np.float64]]] = {
    kendall: taus,
    weighted_kendall: weighted_taus,
}
"""Statistics of two columns that need not be sorted again in every resample, with what gives them for many at once."""
CHUNK = 1 << 20
"""Resampled rows held at a time, where that leaves at least 8 resamples."""


def draws(
    statistic: Callable[..., float], sets: Sequence[Sequence[NDArray[Any]]], resamples: int, seed: int
) -> NDArray[np.float64]:
    """`statistic(*columns)` of each set of columns in each resample, shape (sets, resamples).

    All columns have the same rows, and a resample draws the same of them for every set. NaN with fewer than two rows.
    """
    n, rng = len(sets[0][0]), np.random.default_rng(seed)
    found = np.full((len(sets), resamples), np.nan)
    if n < 2:
        return found
    if statistic in QUICK:
        return _quick([Pairs(*columns) for columns in sets], QUICK[statistic], found, rng)
    for i in range(resamples):
        rows = rng.integers(n, size=n)
        found[:, i] = [statistic(*(values[rows] for values in columns)) for columns in sets]
    return found


def _quick(
    sets: list[Pairs],
    statistic: Callable[[Pairs, NDArray[Any]], NDArray[np.float64]],
    found: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    n, first = len(sets[0].order), 0
    for times in _drawn_times(n, found.shape[1], rng):
        past = first + times.shape[1]
        for row, pairs in zip(found, sets, strict=True):
            row[first:past] = statistic(pairs, times.take(pairs.order, axis=0))
        first = past
    return found


def _drawn_times(n: int, resamples: int, rng: np.random.Generator) -> Iterator[NDArray[Any]]:
    """How often each row is drawn, shape (n, some of the resamples)."""
    width = int(np.clip(CHUNK // n, 8, 64))
    for first in range(0, resamples, width):
        some = range(min(width, resamples - first))
        yield np.stack([np.bincount(rng.integers(n, size=n), minlength=n) for _ in some], axis=1).astype(np.uint32)
