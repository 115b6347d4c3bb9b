"""How probably a run of one algorithm ends better than a run of another, for all pairs of a group at once.

Agarwal et al., NeurIPS 2021, section 4.3, with seeds resampled for both algorithms of a pair.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from harness.statistics.bootstrap import Interval, ends
from reports.summary.group import Group

RESAMPLES, LEVEL = 1000, 0.95

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Pairs = dict[tuple[str, str], Interval]


def improvements_of(group: Group, order: Sequence[str]) -> Pairs:
    """Each ordered pair's probability of improvement, mean over data sets, with its interval.

    Seeds are resampled within each data set, among those with which both have an incumbent; on a single data set this
    is `probability_of_improvement`. NaN where the two share no seed on a data set, the ends alone where they share one.
    """
    pairs = [(i, j) for i in range(len(order)) for j in range(i + 1, len(order))]
    points, draws = np.zeros(len(pairs)), np.zeros((len(pairs), RESAMPLES))
    for number, search in enumerate(group.searches):
        loss = search.loss[list(order)].to_numpy(float)
        drawn = cache(lambda n, number=number: _times(n, number))
        for place, pair in enumerate(pairs):
            a, b = loss[np.isfinite(loss[:, pair]).all(axis=1)][:, pair].T
            points[place] += _shares(a, b, np.ones((len(a), 1), np.int64))[0]
            draws[place] += _shares(a, b, drawn(len(a))) if len(a) > 1 else np.nan
    found: Pairs = {}
    sets = len(group.searches)
    for (i, j), point, values in zip(pairs, (points / sets).tolist(), draws / sets, strict=True):
        low, high = ends(values, LEVEL)
        found[order[i], order[j]] = Interval(point, low, high)
        found[order[j], order[i]] = Interval(1 - point, 1 - high, 1 - low)
    return {(a, b): found[a, b] for a in order for b in order if a != b}


def _times(n: int, seed: int) -> Counts:
    """How often each of n seeds is drawn in each resample, shape (n, resamples)."""
    rows = np.random.default_rng(seed).integers(n, size=(RESAMPLES, n))
    places = rows + n * np.arange(RESAMPLES)[:, None]
    return np.ascontiguousarray(np.bincount(places.ravel(), minlength=rows.size).reshape(rows.shape).T)


def _shares(a: Array, b: Array, times: Counts) -> Array:
    """The share of pairs of runs in which `a` ends lower, ties counting half, in each resample.

    `a` and `b` have shape (seeds,), equal seeds in equal rows, and `times`, shape (seeds, resamples), says how often
    each of them was drawn. NaN without a seed.
    """
    if not len(a):
        return np.full(times.shape[1], np.nan)
    order = np.argsort(b)
    below = np.zeros((len(b) + 1, times.shape[1]), np.int64)
    np.cumsum(times[order], axis=0, out=below[1:])
    # Twice the number of runs of b that each run of a is not better than, those it ties with counting half.
    losses = below[np.searchsorted(b[order], a)] + below[np.searchsorted(b[order], a, side="right")]
    share: Array = 1 - np.einsum("ij,ij->j", times, losses) / (2 * len(a) ** 2)
    return share
