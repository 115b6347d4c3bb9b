"""What a second of proxy buys: rank correlation against the seconds that one architecture costs."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import Bbox

from harness.statistics.bootstrap import Interval
from reports.figures.ceiling import draw_ceiling
from reports.figures.labels import Label, place, wrapped
from reports.figures.pen import Pen
from reports.figures.style import BLUE, GREEN, MUTED, PAPER, VERMILLION, WEB, Style, canvas, log_ticks
from reports.numbers import duration
from reports.plot import Plot
from reports.summary.learning import featured
from reports.summary.proxy import ProxyRow, ProxySummary


class Kind(NamedTuple):
    """Whose seconds a point's place on the axis shows."""

    legend: str
    color: str
    marker: str
    face: str


SIMULATED = Kind("simulated training seconds", BLUE, "o", BLUE)
MEASURED = Kind("measured seconds", VERMILLION, "D", PAPER)
FREE = Kind("practically free", GREEN, "<", GREEN)
NEGLIGIBLE = 1e-5
"""Seconds below which a proxy has looked something up and computed nothing: they would stretch the axis for no news."""
MEANING = ": one training seed against another"
STAGGER, MARGIN = 0.03, 0.13
"""Shares of the decades that the axis spans."""


class Point(NamedTuple):
    """A proxy on the plane: `x` is where on the axis of seconds it stands."""

    row: ProxyRow
    kind: Kind
    x: float


class Axis(NamedTuple):
    """The axis of seconds, from `low` to `high`; what is practically free stands around `free`, left of `border`."""

    low: float
    free: float
    border: float
    high: float
    decades: float


def kind_of(row: ProxyRow) -> Kind:
    """Training seconds where a proxy trains, else the seconds that the clock measured, unless they are negligible."""
    if row.simulated > 0:
        return SIMULATED
    return MEASURED if row.measured >= NEGLIGIBLE else FREE


def cost(summary: ProxySummary, pen: Pen) -> Plot | None:
    """The plane of cost and correlation; None where there is no point to draw."""
    figure = draw_cost(summary, pen.style)
    if figure is None:
        return None
    caption = (
        "What a second of proxy buys: Kendall τ-b with 95 % intervals against the seconds that an architecture "
        "costs. Simulated training seconds and measured seconds come from different clocks."
    )
    unknown = [row.proxy for row in featured(summary) if np.isnan(row.simulated)]
    if unknown:
        caption += f" Left out, for what they cost is not known: {', '.join(unknown)}."
    return Plot(f"cost_{summary.study['study']}", caption, figure, _data(summary))


def _data(summary: ProxySummary) -> pd.DataFrame:
    rows = [
        {"proxy": row.proxy, "seconds": row.simulated if row.simulated > 0 else row.measured,
         "clock": kind_of(row).legend, "kendall_tau_b": row.kendall.point, "low": row.kendall.low,
         "high": row.kendall.high}
        for row in featured(summary)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def draw_cost(summary: ProxySummary, style: Style = WEB) -> Figure | None:
    """The plane with intervals, the noise ceiling and a name at each point; None where there is no point to draw."""
    rows = [r for r in featured(summary) if np.isfinite(r.kendall.point) and _known(r)]
    if not rows:
        return None
    figure, axes = canvas(style, 0.73)
    axis, points = _points(rows)
    _limits(axes, axis, [*(row.kendall for row in rows), *([summary.ceiling.kendall] if summary.ceiling else [])])
    for point in points:
        _draw_point(axes, point)
    axes.set_xlabel("seconds per architecture (log scale)")
    axes.set_ylabel(f"Kendall τ-b with {summary.study['truth']['metric']}")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    kinds = [kind for kind in (SIMULATED, MEASURED, FREE) if any(point.kind is kind for point in points)]
    figure.legend(handles=[_handle(kind) for kind in kinds], loc="outside upper center", ncols=len(kinds),
                  handletextpad=0.2, columnspacing=1.2)  # fmt: skip
    obstacles = [] if summary.ceiling is None else [draw_ceiling(axes, summary.ceiling, MEANING)]
    if FREE in kinds:
        obstacles.append(_draw_border(axes, axis))
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    place(axes, [_label(point) for point in points], [_shown(axes, box) for box in obstacles])
    return figure


def _known(row: ProxyRow) -> bool:
    """Whether it is known what an architecture costs: simulated seconds that are NaN are not."""
    return row.simulated > 0 or (row.simulated == 0 and bool(np.isfinite(row.measured)))


def _points(rows: list[ProxyRow]) -> tuple[Axis, list[Point]]:
    """Where each proxy stands; those that are practically free stand side by side."""
    kinds = [kind_of(row) for row in rows]
    seconds = [row.simulated if kind is SIMULATED else row.measured for row, kind in zip(rows, kinds, strict=True)]
    axis = _axis([second for second, kind in zip(seconds, kinds, strict=True) if kind is not FREE], kinds.count(FREE))
    free = [row for row, kind in zip(rows, kinds, strict=True) if kind is FREE]
    shift = {row.proxy: (i - (len(free) - 1) / 2) * STAGGER * axis.decades for i, row in enumerate(free)}
    places = [
        axis.free * 10 ** shift[row.proxy] if row.proxy in shift else s for row, s in zip(rows, seconds, strict=True)
    ]
    return axis, [Point(*point) for point in zip(rows, kinds, places, strict=True)]


def _axis(seconds: list[float], free: int) -> Axis:
    least, most = min(seconds, default=0.01), max(seconds, default=1.0)
    decades = max(math.log10(most / least), 1.0)
    border = least / 10 ** (MARGIN * decades)
    half = max(MARGIN, STAGGER * (free + 1) / 2)  # of the room for those that are free
    middle = border / 10 ** (half * decades)
    low = middle / 10 ** (half * decades) if free else border
    return Axis(low, middle, border, most * 10 ** (2 * MARGIN * decades), decades)


def _limits(axes: Axes, axis: Axis, intervals: list[Interval]) -> None:
    ends = [end for interval in intervals for end in interval if np.isfinite(end)]
    axes.set(xlim=(axis.low, axis.high), ylim=(min(0.0, min(ends) - 0.08), min(max(*ends, 0.2) + 0.08, 1.05)))
    log_ticks(axes, "x", FuncFormatter(lambda value, _: duration(value, 1)))
    if min(ends) < 0:
        axes.axhline(0, color=MUTED, linewidth=0.7)


def _draw_border(axes: Axes, axis: Axis) -> Bbox:
    """Set the place of the practically free proxies off from the log axis; returns the line's box in data units."""
    ticks = [tick for tick in axes.get_xticks() if tick > axis.border]
    minor = [tick for tick in axes.get_xticks(minor=True) if axis.border < tick < axis.high]
    axes.set_xticks([axis.free, *ticks], [f"<{duration(NEGLIGIBLE)}", *(duration(tick, 1) for tick in ticks)])
    axes.set_xticks(minor, minor=True)
    axes.set_xlim(axis.low, axis.high)
    axes.axvline(axis.border, color=MUTED, linewidth=0.7, linestyle=(0, (1, 2)))
    return Bbox.from_extents(axis.border / 1.1, axes.get_ylim()[0], axis.border * 1.1, axes.get_ylim()[1])


def _draw_point(axes: Axes, point: Point) -> None:
    tau, kind = point.row.kendall, point.kind
    if np.isfinite(tau.low):
        axes.vlines(point.x, tau.low, tau.high, color=kind.color, linewidth=1.2, zorder=3)
    axes.plot([point.x], [tau.point], marker=kind.marker, markersize=5.5, color=kind.color, markerfacecolor=kind.face,
              markeredgewidth=1.3, linestyle="none", zorder=4)  # fmt: skip


def _handle(kind: Kind) -> Line2D:
    return Line2D([], [], marker=kind.marker, markersize=5.5, color=kind.color, markerfacecolor=kind.face,
                  markeredgewidth=1.3, linestyle="none", label=kind.legend)  # fmt: skip


def _shown(axes: Axes, box: Bbox) -> Bbox:
    return Bbox(axes.transData.transform(box.get_points()))


def _label(point: Point) -> Label:
    tau = point.row.kendall
    low, high = (tau.low, tau.high) if np.isfinite(tau.low) else (tau.point, tau.point)
    return Label(wrapped(point.row.proxy, 20), point.x, tau.point, low, high)
