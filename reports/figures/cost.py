"""What a second of proxy buys: rank correlation against the seconds that one architecture costs."""

import math
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import Bbox

from reports.figures.labels import Label, place
from reports.figures.style import BLUE, GREEN, INK, MUTED, PAPER, VERMILLION, WIDTH, canvas, log_ticks
from reports.numbers import duration, number
from reports.summary.proxy import Ceiling, ProxyRow, ProxySummary


class Kind(NamedTuple):
    """Whose seconds a point's place on the axis shows."""

    legend: str
    color: str
    marker: str
    face: str


SIMULATED = Kind("simulated training seconds", BLUE, "o", BLUE)
MEASURED = Kind("measured seconds", VERMILLION, "D", PAPER)
FREE = Kind("costs nothing", GREEN, "<", GREEN)


class Point(NamedTuple):
    """A proxy on the plane."""

    row: ProxyRow
    kind: Kind
    seconds: float


def point_of(row: ProxyRow) -> Point:
    """Training seconds where a proxy trains, else the seconds that the clock measured, else nothing."""
    if row.simulated > 0:
        return Point(row, SIMULATED, row.simulated)
    if row.measured > 0:
        return Point(row, MEASURED, row.measured)
    return Point(row, FREE, 0.0)


def draw_cost(summary: ProxySummary) -> Figure | None:
    """The plane with intervals, the noise ceiling and a name at each point; None where no correlation is defined."""
    points = [point_of(row) for row in summary.rows if np.isfinite(row.kendall.point)]
    if not points:
        return None
    figure, axes = canvas(3.5, WIDTH)
    left = _limits(axes, points, summary.ceiling)
    for point in points:
        _draw_point(axes, point, left)
    axes.set_xlabel("seconds per architecture (log scale)")
    axes.set_ylabel(f"Kendall τ-b with {summary.study['truth']['metric']}")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    kinds = [kind for kind in (SIMULATED, MEASURED, FREE) if any(point.kind is kind for point in points)]
    figure.legend(handles=[_handle(kind) for kind in kinds], loc="outside upper center", ncols=len(kinds),
                  handletextpad=0.2, columnspacing=1.2)  # fmt: skip
    obstacles = [] if summary.ceiling is None else [_draw_ceiling(axes, summary.ceiling)]
    if any(point.kind is FREE for point in points):
        obstacles.append(_border(axes, left))
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    place(axes, [_label(point, left) for point in points], [_shown(axes, box) for box in obstacles])
    return figure


def _limits(axes: Axes, points: list[Point], ceiling: Ceiling | None) -> float:
    """Set the limits; returns where on the axis proxies without cost stand: a place of its own at the left edge."""
    seconds = [point.seconds for point in points if point.seconds > 0] or [1.0]
    decades = max(math.log10(max(seconds) / min(seconds)), 1.0)
    free = any(point.kind is FREE for point in points)
    low = min(seconds) / 10 ** (0.1 * decades)
    left = low / 10 ** (0.1 * decades)
    axes.set_xlim(left / 10 ** (0.1 * decades) if free else low, max(seconds) * 10 ** (0.32 * decades))
    ends = [end for point in points for end in point.row.kendall if np.isfinite(end)]
    ends += [end for end in ceiling.kendall if np.isfinite(end)] if ceiling else []
    axes.set_ylim(min(0.0, min(ends) - 0.08), min(max(*ends, 0.2) + 0.08, 1.05))
    log_ticks(axes, "x", FuncFormatter(lambda value, _: duration(value, 1)))
    if free:
        _mark_free(axes, left, low)
    if min(ends) < 0:
        axes.axhline(0, color=MUTED, linewidth=0.7)
    return left


def _mark_free(axes: Axes, left: float, low: float) -> None:
    """A place for proxies that cost nothing, set off from the log axis by a dotted line."""
    ticks = [tick for tick in axes.get_xticks() if tick >= low]
    axes.set_xticks([left, *ticks])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: "0" if value <= left * 1.001 else duration(value, 1)))
    axes.set_xticks([tick for tick in axes.get_xticks(minor=True) if low <= tick <= axes.get_xlim()[1]], minor=True)
    axes.axvline(low, color=MUTED, linewidth=0.7, linestyle=(0, (1, 2)))


def _draw_point(axes: Axes, point: Point, left: float) -> None:
    x, tau, kind = point.seconds or left, point.row.kendall, point.kind
    if np.isfinite(tau.low):
        axes.vlines(x, tau.low, tau.high, color=kind.color, linewidth=1.2, zorder=3)
    axes.plot([x], [tau.point], marker=kind.marker, markersize=5.5, color=kind.color, markerfacecolor=kind.face,
              markeredgewidth=1.3, linestyle="none", zorder=4)  # fmt: skip


def _handle(kind: Kind) -> Line2D:
    return Line2D([], [], marker=kind.marker, markersize=5.5, color=kind.color, markerfacecolor=kind.face,
                  markeredgewidth=1.3, linestyle="none", label=kind.legend)  # fmt: skip


def _draw_ceiling(axes: Axes, ceiling: Ceiling) -> Bbox:
    """The band of the noise ceiling with its name at the left; returns its box in data units."""
    tau = ceiling.kendall
    low, high = (tau.low, tau.high) if np.isfinite(tau.low) else (tau.point, tau.point)
    axes.axhspan(low, high, color=MUTED, alpha=0.22, linewidth=0, zorder=0)
    axes.axhline(tau.point, color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
    text = f"noise ceiling {number(tau.point)}: one training seed against another"
    axes.annotate(text, (0.015, high), (0, 1.5), ("axes fraction", "data"), "offset points", fontsize=7.5, color=INK,
                  va="bottom", bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6})  # fmt: skip
    left, right = axes.get_xlim()
    rise = (axes.get_ylim()[1] - axes.get_ylim()[0]) * 0.05
    return Bbox.from_extents(left, low, right, high + rise)


def _border(axes: Axes, left: float) -> Bbox:
    """The line between the proxies without cost and the log axis, which stands midway."""
    low = left**2 / axes.get_xlim()[0]
    return Bbox.from_extents(low / 1.02, axes.get_ylim()[0], low * 1.02, axes.get_ylim()[1])


def _shown(axes: Axes, box: Bbox) -> Bbox:
    return Bbox(axes.transData.transform(box.get_points()))


def _label(point: Point, left: float) -> Label:
    tau = point.row.kendall
    low, high = (tau.low, tau.high) if np.isfinite(tau.low) else (tau.point, tau.point)
    return Label(point.row.proxy, point.seconds or left, tau.point, low, high)
