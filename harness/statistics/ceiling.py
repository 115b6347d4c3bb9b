"""The noise ceiling: how well the ground truth's own seeds agree, which no proxy can be expected to exceed."""

from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import BadValue
from harness.statistics.rank import kendall, spearman


class Ceiling(NamedTuple):
    """Correlations averaged over `pairs` pairs of seeds; `n` architectures were measured with two seeds or more."""

    kendall: float
    spearman: float
    pairs: int
    n: int


def noise_ceiling(values: ArrayLike) -> Ceiling:
    """Mean tau-b and Spearman over all pairs of seeds, for `values` of shape (architectures, seeds), NaN = unmeasured.

    Each pair is compared on the architectures measured with both; pairs whose correlation is undefined do not count,
    and without any pair the ceiling is NaN. `BadValue` for another shape or infinite values.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise BadValue(f"values have shape {table.shape}: give one row per architecture and one column per seed")
    pairs = [_common(table[:, [i, j]]) for i, j in combinations(range(table.shape[1]), 2)]
    n = int((np.isfinite(table).sum(axis=1) > 1).sum())
    taus, rhos = _defined(kendall, pairs), _defined(spearman, pairs)
    return Ceiling(_mean(taus), _mean(rhos), len(taus), n)


def _common(two: NDArray[np.float64]) -> NDArray[np.float64]:
    """The two columns, shape (2, n), of the rows measured in both."""
    return two[~np.isnan(two).any(axis=1)].T


def _defined(statistic: Callable[..., float], pairs: list[NDArray[np.float64]]) -> list[float]:
    values = [statistic(*pair) for pair in pairs]
    return [value for value in values if not np.isnan(value)]


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
