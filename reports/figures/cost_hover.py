"""The plane of cost and correlation under a mouse: every proxy with its numbers."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from reports.figures.front import Front, Point, lines_of
from reports.figures.hover import Hover, Line, Scale, hover_lines
from reports.figures.kinds import FREE, KINDS, Kind
from reports.figures.style import DASHES, MUTED, Stroke
from reports.numbers import duration, interval
from reports.summary.ceiling import Ceiling


def cost_hover(points: list[Point], fronts: list[Front], ceiling: Ceiling | None, axes: Axes) -> Hover:
    """Points by kind, the fronts and the ceiling, with the ticks of the printed figure."""
    kinds = [(kind, [point for point in points if point.kind is kind]) for kind in KINDS]
    lines = [_line(kind, own) for kind, own in kinds if own]
    lines += [_steps(line.kind, line.corners) for line in lines_of(fronts)]
    if ceiling is not None:
        tau = ceiling.kendall.point
        lines.append(Line("noise ceiling", axes.get_xlim(), (tau, tau), Stroke(MUTED, DASHES[1], "o")))
    hover = hover_lines(lines, Scale("seconds per architecture", log=True), Scale(axes.get_ylabel()))
    for trace in hover["data"]:
        if "text" in trace:  # a place in a strip is no number of seconds, so that only the text is shown
            trace["hovertemplate"] = "%{text}<extra>%{fullData.name}</extra>"
    names = [label.get_text().replace("\n", " ") for label in axes.get_xticklabels()]
    hover["layout"]["xaxis"] |= {"tickvals": [float(tick) for tick in axes.get_xticks()], "ticktext": names}
    return hover


def _line(kind: Kind, points: list[Point]) -> Line:
    taus = [point.row.kendall for point in points]
    return Line(
        kind.legend,
        [point.x for point in points],
        [tau.point for tau in taus],
        kind.stroke,
        [tau.low for tau in taus],
        [tau.high for tau in taus],
        [_numbers(point) for point in points],
        mode="markers",
    )


def _numbers(point: Point) -> str:
    row = point.row
    lines = [
        f"<b>{row.proxy}</b>",
        f"Kendall τ-b {interval(row.kendall)}",
        f"simulated {duration(row.simulated)}, measured {duration(row.measured)} per architecture",
        f"{row.n:,} architectures, {row.seeds} seeds" if row.seeds > 1 else f"{row.n:,} architectures",
    ]
    return "<br>".join(lines + ([f"learned from {row.trained:,}"] if row.trained else []))


def _steps(kind: Kind, corners: NDArray[np.float64]) -> Line:
    x, y = corners.T.tolist()
    return Line(kind.legend if kind is FREE else f"front, {kind.clock} seconds", x, y, kind.stroke)
