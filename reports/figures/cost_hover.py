"""The plane of cost and correlation under a mouse: every proxy with its numbers."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from reports.figures.front import Point, lines_of
from reports.figures.hover import Hover, Line, Scale, hover_lines, plain
from reports.figures.kinds import FREE, KINDS, Kind
from reports.figures.plane import Plane
from reports.figures.style import DASHES, MUTED, PAPER, Stroke
from reports.numbers import duration, interval
from reports.summary.ceiling import Ceiling


def cost_hover(plane: Plane, ceiling: Ceiling | None, axes: Axes) -> Hover:
    """Points by kind, the fronts and the ceiling, with the axes of the printed figure."""
    parts = [(kind, small, [p for p in plane.points if p.kind is kind and (p.row.proxy in plane.smaller) is small])
             for kind in KINDS for small in (True, False)]  # fmt: skip
    parts = [part for part in parts if part[2]]
    lines = [_line(*part) for part in parts]
    lines += [_steps(line.kind, line.corners) for line in lines_of(plane.fronts)]
    if ceiling is not None:
        tau = ceiling.kendall.point
        lines.append(Line("noise ceiling", axes.get_xlim(), (tau, tau), Stroke(MUTED, DASHES[1], "o")))
    hover = hover_lines(lines, Scale(axes.get_xlabel(), log=True), Scale(axes.get_ylabel()))
    for trace in hover["data"]:
        if "text" in trace:  # a place in a strip is no number of seconds, so that only the text is shown
            trace["hovertemplate"] = "%{text}<extra>%{fullData.name}</extra>"
        else:
            trace["showlegend"] = trace["name"] == "noise ceiling"
    for (kind, small, _), trace in zip(parts, hover["data"], strict=False):
        trace |= {"legendgroup": kind.legend, "showlegend": not small}
        trace["marker"]["size"] = 5 if small else 10
        if kind.face == PAPER:
            trace["marker"] |= {"symbol": trace["marker"]["symbol"] + "-open", "line": {"width": 1.5}}
    _ticks(hover["layout"], axes)
    return hover


def _ticks(layout: dict[str, Any], axes: Axes) -> None:
    """The ticks and limits of the printed figure."""
    names = [label.get_text().replace("\n", " ") for label in axes.get_xticklabels()]
    across = [float(np.log10(end)) for end in axes.get_xlim()]
    layout["xaxis"] |= {"tickvals": [float(tick) for tick in axes.get_xticks()], "ticktext": names, "range": across}
    layout["yaxis"]["range"] = [float(end) for end in axes.get_ylim()]


def _line(kind: Kind, small: bool, points: list[Point]) -> Line:
    """Points of a kind; those that are drawn small have no interval."""
    taus = [point.row.kendall for point in points]
    return Line(
        kind.legend,
        [point.x for point in points],
        [tau.point for tau in taus],
        kind.stroke,
        [] if small else [tau.low for tau in taus],
        [] if small else [tau.high for tau in taus],
        [_numbers(point) for point in points],
        mode="markers",
    )


def _numbers(point: Point) -> str:
    row = point.row
    lines = [
        f"<b>{plain(row.proxy)}</b>",
        f"Kendall τ-b {interval(row.kendall)}",
        f"simulated {duration(row.simulated)}, measured {duration(row.measured)} per architecture",
        f"{row.n:,} architectures, {row.seeds} seeds" if row.seeds > 1 else f"{row.n:,} architectures",
    ]
    return "<br>".join(lines + ([f"learned from {row.trained:,}"] if row.trained else []))


def _steps(kind: Kind, corners: NDArray[np.float64]) -> Line:
    x, y = corners.T.tolist()
    return Line(kind.legend if kind is FREE else f"front, {kind.clock} seconds", x, y, kind.stroke)
