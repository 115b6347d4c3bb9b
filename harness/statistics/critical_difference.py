"""Which algorithms differ? Nemenyi's test and the data of a critical-difference diagram.

Nemenyi, PhD thesis, Princeton 1963; Demsar, JMLR 7, 2006, section 3.2.2 and figure 1.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata, studentized_range

from harness.errors import BadValue
from harness.statistics.bootstrap import tails
from harness.statistics.columns import count
from harness.statistics.friedman import blocks
from harness.statistics.pairwise import pairwise_p


class Diagram(NamedTuple):
    """What a critical-difference diagram shows.

    Average ranks, 1 = best, shape (algorithms,); the distance from which two of them differ significantly, NaN where
    it is not the same for all pairs; the p-value of each pair, shape (algorithms, algorithms); and the bars: all
    largest groups of two or more columns of which no pair differs, each from its best rank to its worst.
    """

    ranks: NDArray[np.float64]
    distance: float
    p: NDArray[np.float64]
    cliques: tuple[tuple[int, ...], ...]


def nemenyi_diagram(values: ArrayLike, level: float = 0.95) -> Diagram:
    """All pairs by Nemenyi's test at once, for `values` of shape (data sets or runs, algorithms), lower = better.

    `BadValue` for fewer than two rows or algorithms, values that are not finite, or a `level` not in (0, 1).
    """
    table = blocks(values)
    p = nemenyi(table)
    ranks = rankdata(table, axis=1).mean(axis=0)
    return Diagram(ranks, critical_difference(table.shape[1], len(table), level), p, cliques(ranks, p, level))


def wilcoxon_diagram(values: ArrayLike, level: float = 0.95) -> Diagram:
    """As `nemenyi_diagram`, with Holm-corrected signed-rank tests (Benavoli et al., JMLR 17, 2016): no one distance."""
    table = blocks(values)
    p = pairwise_p(table)
    ranks = rankdata(table, axis=1).mean(axis=0)
    return Diagram(ranks, float("nan"), p, cliques(ranks, p, level))


def critical_difference(algorithms: int, rows: int, level: float = 0.95) -> float:
    """The distance of average ranks over `rows` rows from which two of so many algorithms differ significantly."""
    if count("algorithms", algorithms) < 2:
        raise BadValue("algorithms is 1: give at least two to compare")
    tails(level)
    return float(studentized_range.ppf(level, algorithms, np.inf)) * _unit(algorithms, count("rows", rows))


def nemenyi(values: ArrayLike) -> NDArray[np.float64]:
    """The p-value of each pair, shape (algorithms, algorithms), 1 on the diagonal; `values` as for the diagram."""
    table = blocks(values)
    n, k = table.shape
    ranks = rankdata(table, axis=1).mean(axis=0)
    first, second = np.triu_indices(k, 1)
    p = np.ones((k, k))
    distance = np.abs(ranks[first] - ranks[second]) / _unit(k, n)
    p[first, second] = p[second, first] = np.clip(studentized_range.sf(distance, k, np.inf), 0, 1)
    return p


def cliques(ranks: ArrayLike, p: ArrayLike, level: float = 0.95) -> tuple[tuple[int, ...], ...]:
    """All largest groups of two or more in which every pair has p > 1 - level, members and groups by rank."""
    tails(level)
    order = np.argsort(np.asarray(ranks), kind="stable").tolist()
    alike = np.asarray(p) > 1 - level
    neighbours = {i: {j for j in order if j != i and alike[i, j]} for i in order}
    place = {algorithm: position for position, algorithm in enumerate(order)}
    found = [sorted(clique, key=place.__getitem__) for clique in _maximal(set(), set(order), set(), neighbours)]
    found.sort(key=lambda clique: [place[i] for i in clique])
    return tuple(tuple(clique) for clique in found if len(clique) > 1)


def _unit(k: int, n: int) -> float:
    """The standard error of a rank difference over the square root of two, which the studentised range is in."""
    return float(np.sqrt(k * (k + 1) / (12 * n)))


def _maximal(chosen: set[int], open_: set[int], done: set[int], neighbours: dict[int, set[int]]) -> list[set[int]]:
    """Bron & Kerbosch, Communications of the ACM 16, 1973, with a pivot."""
    if not open_ and not done:
        return [chosen]
    pivot = max(open_ | done, key=lambda i: len(neighbours[i] & open_))
    found = []
    for i in sorted(open_ - neighbours[pivot]):
        found += _maximal(chosen | {i}, open_ & neighbours[i], done & neighbours[i], neighbours)
        open_ = open_ - {i}
        done = done | {i}
    return found
