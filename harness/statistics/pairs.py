"""How each row is ordered against all others in two columns, for many resamples of the rows at once."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.statistics.codes import codes, stable_order
from harness.statistics.dominance import levels, running_sums, weight_below


class PairCounts(NamedTuple):
    """Against how many of the drawn rows each row stands how, shape (n, resamples) each, rows in `Pairs.order`.

    `balance`: against how many both columns order it the same way, less against how many they order it opposite ways;
    `apart_x`, `apart_y`: how many differ from it in that column. `under_x`: how many are below it by x, or equal in x
    and below by y; `under_y`: the other way round. Copies of a row count in none of these, but those of one that is
    equal in both columns may count in `under_x` and `under_y`.
    """

    balance: NDArray[Any]
    apart_x: NDArray[Any]
    apart_y: NDArray[Any]
    under_x: NDArray[Any]
    under_y: NDArray[Any]


class Pairs:
    """Two columns of finite numbers, shape (n,), sorted once so that any resample of their rows is quickly counted."""

    def __init__(self, x: NDArray[Any], y: NDArray[Any]) -> None:
        x, y = codes(x), codes(y)
        order = stable_order(y)
        self.order = order[stable_order(x[order])]
        """The rows ordered by x, and by y where x is equal."""
        x, y = x[self.order], y[self.order]
        self._by_y = stable_order(y)
        self._rank = np.empty_like(self._by_y)
        self._rank[self._by_y] = np.arange(len(x))
        differs, ordered = x[1:] != x[:-1], y[self._by_y]
        self._same_x, self._same = _runs(differs), _runs(differs | (y[1:] != y[:-1]))
        self._same_y = _runs(ordered[1:] != ordered[:-1])[:, self._rank]
        # Two rows are ordered opposite ways exactly where ordering by y, and by x where y is equal, turns them round.
        self._levels = levels(self._rank)

    def counts(self, times: NDArray[Any]) -> PairCounts:
        """Count, with the rows in `order` drawn `times`: whole numbers, shape (n, resamples), n drawn in each."""
        n = len(times)
        # Every number asked for lies in 0..n, so it comes out right even where a sum on the way overflows.
        small = np.uint16 if n < 1 << 16 else np.uint32
        times = times.astype(small, copy=False)
        by_x, by_y = running_sums(times), running_sums(times.take(self._by_y, axis=0))
        under_x, under_y = by_x[:n], by_y.take(self._rank, axis=0)
        opposite = under_x + under_y - 2 * weight_below(self._levels, times)
        same_x, same_y, same = _within(by_x, self._same_x), _within(by_y, self._same_y), _within(by_x, self._same)
        apart = small(n) - (same_x + same_y - same)
        balance = np.subtract(apart, opposite, dtype=np.int32) - opposite
        return PairCounts(balance, small(n) - same_x, small(n) - same_y, under_x, under_y)


def _runs(differs: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The first row of the run that each row is in, and the first row after it, shape (2, n)."""
    edges = np.concatenate([[0], np.flatnonzero(differs) + 1, [len(differs) + 1]])
    return np.repeat(np.stack([edges[:-1], edges[1:]]), np.diff(edges), axis=1)


def _within(sums: NDArray[Any], runs: NDArray[np.intp]) -> NDArray[Any]:
    first, past = runs
    within: NDArray[Any] = sums.take(past, axis=0) - sums.take(first, axis=0)
    return within
