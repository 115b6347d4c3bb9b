"""The plane of cost and correlation: points with intervals, a front per clock, the noise ceiling, and names."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from reports.figures.ceiling import draw_ceiling
from reports.figures.front import Front, Point, fronts_of, lines_of, on_fronts
from reports.figures.kinds import FREE, KINDS, MEASURED, NEGLIGIBLE_COST, NOT_KNOWN, SIMULATED, UNKNOWN, Kind, kind_of
from reports.figures.labels import Label, keep_clear, place, wrapped
from reports.figures.seconds import Seconds, draw_seconds, placed
from reports.figures.style import MUTED, Style, canvas
from reports.summary.history import trained
from reports.summary.learning import featured
from reports.summary.proxy import ProxySummary

MEANING = ": one training seed against another"
NAMED = 26
"""With more proxies than this, only those on a front and the best of each kind have a name."""
LOW, HIGH, CROWD, TALL = 0.72, 1.0, 14, 3.9
"""Height by width; with more than CROWD proxies up to the second, where that is less than so many inches."""
TOUCH = 1.5
"""Points around a front that no label may come into."""
LARGE, SMALL = (5.0, 1.1, 1.0), (2.6, 0.6, 0.55)
"""Marker size, line width and opacity of a point with a name, and of one without."""
WIDTH, NAME = 20, 72
"""Letters in a line of a name, and points of the room for names at the right."""


class Plane(NamedTuple):
    """Every proxy whose correlation is defined, best first, where it stands, and the fronts.

    `smaller` are the predictors that stand here with a larger training set too: points without a name and an interval.
    """

    axis: Seconds
    points: list[Point]
    fronts: list[Front]
    smaller: frozenset[str]

    @property
    def main(self) -> list[Point]:
        """The points that may have a name."""
        return [point for point in self.points if point.row.proxy not in self.smaller]


def plane_of(summary: ProxySummary, style: Style) -> Plane | None:
    """Where the proxies of a study stand; None where none of those that have a correlation costs anything known."""
    rows = [row for row in summary.rows if np.isfinite(row.kendall.point)]
    nets = trained(summary)
    kinds = [kind_of(row, summary.study, nets) for row in rows]
    if all(kind in (FREE, UNKNOWN) for kind in kinds):
        return None
    axis, points = placed(rows, kinds, NAME / (72 * style.column))
    smaller = {row.proxy for row in rows} - {row.proxy for row in featured(summary)}
    return Plane(axis, points, fronts_of(points), frozenset(smaller))


def notable(plane: Plane) -> list[Point]:
    """The points that get a name, the most important first: fronts, the best of each kind, and the rest if all fit."""
    chosen = on_fronts(plane.fronts)
    for kind in KINDS:
        chosen |= set([point.row.proxy for point in plane.main if point.kind is kind][:1])
    fits = len(plane.main) <= NAMED
    first = [point for point in plane.main if point.row.proxy in chosen]
    return first + [point for point in plane.main if fits and point.row.proxy not in chosen]


def same_size(plane: Plane) -> int:
    """How many architectures all predictors learned from that may have a name, if labels end with it; else 0."""
    predictors = [point.row for point in plane.main if point.row.trained]
    sizes = {row.trained if row.proxy.endswith(f"(train={row.trained})") else 0 for row in predictors}
    return sizes.pop() if len(sizes) == 1 else 0


def short_name(plane: Plane, point: Point) -> str:
    """The label, without the number of architectures that all predictors learned from."""
    size = same_size(plane)
    return point.row.proxy.removesuffix(f"(train={size})") if size else point.row.proxy


def draw_plane(plane: Plane, summary: ProxySummary, style: Style) -> tuple[Figure, list[str]]:
    """The figure, and the proxies that have a name on it."""
    figure, axes = canvas(style, LOW if len(plane.main) <= CROWD else max(LOW, min(HIGH, TALL / style.column)))
    named = notable(plane)
    _heights(axes, plane, summary)
    draw_seconds(axes, plane.axis)
    for line in lines_of(plane.fronts):
        axes.plot(*line.corners.T, color=line.kind.color, linestyle=line.kind.dashes, linewidth=1.2, zorder=2)
    for point in plane.points:
        _draw_point(axes, point, *(LARGE if point in named else SMALL), ends=point.row.proxy not in plane.smaller)
    axes.set_xlabel(f"seconds per architecture{_clocks(plane)}")
    axes.set_ylabel(f"Kendall τ-b with {summary.study['truth']['metric']}")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    _legend(figure, plane)
    boxes = [] if summary.ceiling is None else [draw_ceiling(axes, summary.ceiling, MEANING)]
    return figure, _name(figure, axes, plane, named, boxes)


def walls(axes: Axes, corners: NDArray[np.float64]) -> list[Bbox]:
    """The segments of a staircase as boxes in display units, a little wider than its line."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    corners = axes.transData.transform(corners)
    lows, highs = np.minimum(corners[:-1], corners[1:]), np.maximum(corners[:-1], corners[1:])
    return [Bbox([low, high]).padded(TOUCH * figure.dpi / 72) for low, high in zip(lows, highs, strict=True)]


def _name(figure: Figure, axes: Axes, plane: Plane, named: list[Point], boxes: Sequence[Bbox]) -> list[str]:
    """Write the names where they cover neither each other nor a front; returns those that found a place."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    kept_free = [Bbox(axes.transData.transform(box.get_points())) for box in boxes]
    kept_free += [wall for line in lines_of(plane.fronts) for wall in walls(axes, line.corners)]
    names = {point.row.proxy: wrapped(short_name(plane, point), WIDTH) for point in named}
    labels = [_label(point, names[point.row.proxy]) for point in named]
    labels += [_label(point, "", point.row.proxy not in plane.smaller) for point in plane.points if point not in named]
    written = {one.text.get_text() for one in keep_clear(place(axes, labels, kept_free), kept_free)}
    return [proxy for proxy, name in names.items() if name in written]


def _heights(axes: Axes, plane: Plane, summary: ProxySummary) -> None:
    """Limits that hold every interval, from 0 on unless all stand well above it."""
    intervals = [point.row.kendall for point in plane.main]
    intervals += [summary.ceiling.kendall] if summary.ceiling else []
    ends = [end for interval in intervals for end in interval if np.isfinite(end)]
    ends += [point.row.kendall.point for point in plane.points]
    least, most = min(ends), max(*ends, 0.2)
    low = least - 0.06 if least < 0 else 0.0 if least < 0.3 else np.floor(10 * least - 0.5) / 10
    axes.set_ylim(low, min(most + 0.14 * (most - low), 1.05))
    if least < 0:
        axes.axhline(0, color=MUTED, linewidth=0.7)


def _draw_point(axes: Axes, point: Point, size: float, width: float, opacity: float, *, ends: bool) -> None:
    tau, kind = point.row.kendall, point.kind
    if ends and np.isfinite(tau.low):
        axes.vlines(point.x, tau.low, tau.high, color=kind.color, linewidth=width, alpha=opacity, zorder=3)
    axes.plot([point.x], [tau.point], marker=kind.marker, markersize=size, color=kind.color, alpha=opacity,
              markerfacecolor=kind.face, markeredgewidth=width, linestyle="none", zorder=4)  # fmt: skip


def _clocks(plane: Plane) -> str:
    """Whose seconds they are; where they are of both clocks, markers tell."""
    clocks = {point.kind.clock for point in plane.points} - {NEGLIGIBLE_COST, NOT_KNOWN}
    if clocks >= {SIMULATED, MEASURED}:
        return " (filled: simulated, open: measured)"
    return f" ({clocks.pop()})" if len(clocks) == 1 else ""


def _legend(figure: Figure, plane: Plane) -> None:
    """The kinds beside each other, or in several lines where the figure is too narrow."""
    handles = [_handle(kind) for kind in KINDS if any(point.kind is kind for point in plane.points)]
    for columns in dict.fromkeys(-(-len(handles) // lines) for lines in range(1, len(handles) + 1)):
        legend = figure.legend(handles=handles, loc="outside upper center", ncols=columns, handlelength=0.9,
                               handletextpad=0.4, columnspacing=1.3, borderpad=0.1)  # fmt: skip
        if legend.get_window_extent().width <= figure.bbox.width or columns == 1:
            return
        legend.remove()


def _handle(kind: Kind) -> Line2D:
    size, width, _ = LARGE
    return Line2D([], [], marker=kind.marker, markersize=size, color=kind.color, markerfacecolor=kind.face,
                  markeredgewidth=width, linestyle="none", label=kind.legend)  # fmt: skip


def _label(point: Point, text: str, ends: bool = True) -> Label:
    tau = point.row.kendall
    low, high = (tau.low, tau.high) if ends and np.isfinite(tau.low) else (tau.point, tau.point)
    return Label(text, point.x, tau.point, low, high)
