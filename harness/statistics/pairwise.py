"""Every pair of algorithms: signed-rank test, corrected for the number of pairs, and effect size."""

from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.statistics.bootstrap import Interval
from harness.statistics.columns import runs_by_algorithms
from harness.statistics.corrections import holm
from harness.statistics.effect_size import vargha_delaney
from harness.statistics.signed_rank import SignedRank, signed_rank

Correction = Callable[[ArrayLike], NDArray[np.float64]]


class Pair(NamedTuple):
    """Two columns, their test, its p-value corrected for the other pairs, and A12, above a half if `a` is better."""

    a: int
    b: int
    test: SignedRank
    p: float
    a12: Interval


def pairwise(
    values: ArrayLike, correct: Correction = holm, resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> list[Pair]:
    """Compare all pairs of columns of `values`, shape (runs, algorithms), lower = better, equal seeds in equal rows.

    `BadValue` for another shape, no runs, or values that are not finite.
    """
    table = runs_by_algorithms(values)
    pairs = list(combinations(range(table.shape[1]), 2))
    tests = [signed_rank(table[:, a], table[:, b]) for a, b in pairs]
    corrected = correct([test.p for test in tests]).tolist()
    effects = [vargha_delaney(table[:, a], table[:, b], resamples, level, seed) for a, b in pairs]
    return [Pair(*pair, *rest) for pair, *rest in zip(pairs, tests, corrected, effects, strict=True)]


def pairwise_p(values: ArrayLike, correct: Correction = holm) -> NDArray[np.float64]:
    """The corrected p-value of each pair, shape (algorithms, algorithms), 1 on the diagonal."""
    table = runs_by_algorithms(values)
    k = table.shape[1]
    first, second = np.triu_indices(k, 1)
    p = np.ones((k, k))
    raw = [signed_rank(table[:, a], table[:, b]).p for a, b in zip(first, second, strict=True)]
    p[first, second] = p[second, first] = correct(raw)
    return p
