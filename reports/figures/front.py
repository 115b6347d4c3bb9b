"""The proxies that none beats at the same price: a front for each clock, for seconds of two clocks do not compare."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.statistics.pareto import pareto_front
from reports.figures.kinds import FREE, KINDS, NEGLIGIBLE_COST, Kind, seconds_of
from reports.summary.proxy import ProxyRow


class Point(NamedTuple):
    """A proxy on the plane: `x` is where on the axis of seconds it stands."""

    row: ProxyRow
    kind: Kind
    x: float


class Front(NamedTuple):
    """The non-dominated points of a clock, cheapest first, drawn like `kind`, and how far the clock's points go."""

    kind: Kind
    points: tuple[Point, ...]
    end: float

    @property
    def paid(self) -> tuple[Point, ...]:
        """The points that cost something."""
        return tuple(point for point in self.points if point.kind is not FREE)


class Line(NamedTuple):
    """A staircase: its corners, shape (corners, 2), and the kind that it is drawn like."""

    kind: Kind
    corners: NDArray[np.float64]


def fronts_of(points: Sequence[Point]) -> list[Front]:
    """A front for each clock that has points; what is practically free costs nothing on every clock.

    By the point estimates of tau-b: equal ones at one price stand together. Scores of others have no front: their
    files' seconds come from different machines.
    """
    clocks = list(dict.fromkeys(kind.clock for kind in KINDS if kind.dashes is not None and kind is not FREE))
    found = [_front(points, clock) for clock in clocks]
    return [front for front in found if front is not None]


def on_fronts(fronts: Sequence[Front]) -> set[str]:
    """The names of the proxies on a front."""
    return {point.row.proxy for front in fronts for point in front.points}


def lines_of(fronts: Sequence[Front]) -> list[Line]:
    """The staircases: the best tau-b for no more than so many seconds.

    What is had for nothing is one line for all clocks, as far as one of them adds nothing to it; each clock's own
    steps rise from there.
    """
    free = [point for front in fronts for point in front.points if point.kind is FREE]
    if not free:
        return [Line(front.kind, _steps(front.points, None, front.end)) for front in fronts]
    level = free[0].row.kendall.point
    reach = max(front.paid[0].x if front.paid else front.end for front in fronts)
    start = max(point.x for point in free)
    own = [Line(front.kind, _steps(front.paid, level, front.end)) for front in fronts if front.paid]
    return [Line(FREE, np.array([(start, level), (reach, level)])), *own]


def _steps(points: Sequence[Point], level: float | None, end: float) -> NDArray[np.float64]:
    """Up from `level`, if there is one, to the first point, and from point to point as far as `end`."""
    corners = [] if level is None else [(points[0].x, level)]
    for point in points:
        corners += [(point.x, corners[-1][1])] if corners else []
        corners.append((point.x, point.row.kendall.point))
    return np.array([*corners, (max(end, corners[-1][0]), corners[-1][1])])


def _front(points: Sequence[Point], clock: str) -> Front | None:
    paid = [point for point in points if point.kind.clock == clock]
    if not paid:
        return None
    able = [point for point in points if point.kind.clock in (clock, NEGLIGIBLE_COST)]
    prices = [0.0 if point.kind is FREE else seconds_of(point.row) for point in able]
    rows = pareto_front([(price, -point.row.kendall.point) for price, point in zip(prices, able, strict=True)])
    return Front(paid[0].kind, tuple(able[row] for row in rows), max(point.x for point in paid))
