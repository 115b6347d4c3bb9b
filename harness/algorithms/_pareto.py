"""Ranking by Pareto dominance (Deb et al., IEEE TEC 2002, section III); every objective is minimised."""

import math
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Losses = tuple[float, ...]
Crowded = tuple[int, float]
"""(rank, minus crowding distance): the crowded-comparison operator of section III-B is the order of these."""


def settled(losses: Losses) -> Losses:
    """The losses; what failed in one objective failed in all, so that everything that did not fail dominates it."""
    return (math.inf,) * len(losses) if math.inf in losses else losses


def crowded(points: Sequence[Losses]) -> list[Crowded]:
    """The (rank, minus crowding distance) of each point; the distance is that within the point's own front."""
    keys: list[Crowded] = [(0, 0.0)] * len(points)
    for rank, front in enumerate(fronts_of(points)):
        for i, distance in zip(front, crowding_of([points[i] for i in front]), strict=True):
            keys[i] = (rank, -distance)
    return keys


def fronts_of(points: Sequence[Losses]) -> list[list[int]]:
    """The numbers of the points that none dominates, then of those that none of the others dominates, and so on."""
    if points and len(points[0]) > 2:
        return _fronts_by_peeling(points)
    return _fronts_by_sweeping(points)


def crowding_of(front: Sequence[Losses]) -> list[float]:
    """The crowding distance of each point of a front (section III-B).

    It is the sum over objectives of the gap between its two neighbours, as a share of the front's range; infinite for
    the first and the last of each objective. An objective that is constant or failed adds nothing to the others.
    """
    n = len(front)
    if n <= 2:
        return [math.inf] * n
    distances = [0.0] * n
    for values in zip(*front, strict=True):
        order = sorted(range(n), key=values.__getitem__)
        first, last = order[0], order[-1]
        span = values[last] - values[first]
        if 0 < span < math.inf:
            for before, i, after in zip(order, order[1:], order[2:], strict=False):
                distances[i] += (values[after] - values[before]) / span
        distances[first] = distances[last] = math.inf
    return distances


def _fronts_by_sweeping(points: Sequence[Losses]) -> list[list[int]]:
    """For one or two objectives, in O(n log n).

    In lexicographic order a point is dominated by a front when the lowest last loss of the front so far is not above
    the point's own. These lowest losses grow from front to front, and so bisection finds the first front that lets the
    point in. Equal points share a front.
    """
    fronts: list[list[int]] = []
    lowest: list[float] = []
    previous, rank = None, 0
    for i in sorted(range(len(points)), key=points.__getitem__):
        point = points[i]
        if point != previous:
            previous, loss = point, point[-1]
            rank = bisect_right(lowest, loss)
            if rank == len(fronts):
                fronts.append([])
                lowest.append(loss)
            lowest[rank] = loss
        fronts[rank].append(i)
    return fronts


def _fronts_by_peeling(points: Sequence[Losses]) -> list[list[int]]:
    """For any number of objectives, in O(m n^2): take away what nothing left dominates, again and again."""
    losses = np.array(points, dtype=float)
    below = np.all(losses[:, None] <= losses, axis=2)
    dominates: NDArray[np.bool_] = below & ~below.T
    fronts, left = [], np.arange(len(points))
    while len(left):
        dominated = dominates[np.ix_(left, left)].any(axis=0)
        fronts.append([int(i) for i in left[~dominated]])
        left = left[dominated]
    return fronts
