"""How well predictors rank after so many architectures of known quality."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from harness.statistics.bootstrap import Interval
from reports.figures.ceiling import draw_ceiling
from reports.figures.ends import name_ends
from reports.figures.hover import Line, Scale, hover_lines
from reports.figures.labels import wrapped
from reports.figures.pen import Pen
from reports.figures.style import MUTED, PAPER, Style, canvas, small
from reports.plot import Plot
from reports.summary.ceiling import Ceiling
from reports.summary.learning import LearningCurve
from reports.summary.proxy import ProxySummary

ROOM = 1.12
"""The log axis goes so far beyond the sizes."""
LEAST, AXIS, ENDS = 0.69, 40, 14
"""Height by width; points that an axis with its title takes; letters in a line of a name at an end."""
MANY = 6
"""With more curves than this their bands are fainter."""


def learning(summary: ProxySummary, curves: list[LearningCurve], pen: Pen) -> Plot | None:
    """Tau-b by the size of the training set; None where no predictor learned from several sizes."""
    if not curves:
        return None
    caption = (
        "Learning curves: Kendall τ-b with 95 % bands against the number of architectures of known quality that a "
        "predictor has learned from."
    )
    data: list[dict[str, Any]] = [
        {"predictor": curve.label, "architectures": row.trained, **_interval(row.kendall)}
        for curve in curves
        for row in curve.rows
    ]
    lines = [
        Line(curve.label, [row.trained for row in curve.rows], [row.kendall.point for row in curve.rows],
             pen.strokes[curve.label], [row.kendall.low for row in curve.rows],
             [row.kendall.high for row in curve.rows], mode="lines+markers")
        for curve in curves
    ]  # fmt: skip
    if summary.ceiling is not None:
        data.append({"predictor": "noise ceiling", "architectures": None, **_interval(summary.ceiling.kendall)})
    over = Scale("architectures learned from", log=True), Scale("Kendall τ-b")
    figure = draw_learning(summary, curves, pen)
    return Plot(f"learning_{summary.study['study']}", caption, figure, pd.DataFrame(data), hover_lines(lines, *over))


def _interval(tau: Interval) -> dict[str, float]:
    return {"kendall_tau_b": tau.point, "low": tau.low, "high": tau.high}


def draw_learning(summary: ProxySummary, curves: list[LearningCurve], pen: Pen) -> Figure:
    """Tau-b with 95 % bands against the number of architectures, one line per predictor, and the noise ceiling."""
    figure, axes = canvas(pen.style, _share(curves, pen.style))
    alpha = 0.15 if len(curves) <= MANY else 0.06
    for curve in curves:
        color, dashes, marker = pen.strokes[curve.label]
        sizes = [row.trained for row in curve.rows]
        taus = np.array([row.kendall for row in curve.rows])
        axes.fill_between(sizes, taus[:, 1], taus[:, 2], color=color, alpha=alpha, linewidth=0)
        axes.plot(sizes, taus[:, 0], color=color, linestyle=dashes, linewidth=1.3, marker=marker,
                  markersize=4, markeredgecolor=PAPER, markeredgewidth=0.5)  # fmt: skip
    _scales(axes, curves, summary.ceiling)
    axes.set_xlabel("architectures learned from (log scale)")
    axes.set_ylabel(f"Kendall τ-b with {summary.study['truth']['metric']}")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    if summary.ceiling is not None:
        draw_ceiling(axes, summary.ceiling)
    name_ends(figure, axes, {curve.label: curve.rows[-1].kendall.point for curve in curves}, pen.strokes)
    return figure


def _share(curves: list[LearningCurve], style: Style) -> float:
    """Height by width: more where the names at the ends need it."""
    lines = sum(1.15 + wrapped(curve.label, ENDS).count("\n") for curve in curves)
    return max(LEAST, (1.35 * small() * lines + AXIS) / (72 * style.column))


def _scales(axes: Axes, curves: list[LearningCurve], ceiling: Ceiling | None) -> None:
    """A tick at each size; the limits hold every interval, and the ceiling."""
    sizes = sorted({row.trained for curve in curves for row in curve.rows})
    axes.set_xscale("log")
    axes.set_xlim(sizes[0] / ROOM, sizes[-1] * ROOM)
    axes.xaxis.set_major_locator(FixedLocator([float(size) for size in sizes]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    intervals = [row.kendall for curve in curves for row in curve.rows] + ([ceiling.kendall] if ceiling else [])
    ends = [end for interval in intervals for end in interval if np.isfinite(end)]
    low, high = min(ends, default=0.0), max([0.2, *ends])
    start = low - 0.04 if low < 0 else 0.0 if low < 0.15 else np.floor(10 * low - 0.5) / 10
    axes.set_ylim(start, min(high + 0.08, 1.05))
    if low < 0:
        axes.axhline(0, color=MUTED, linewidth=0.7)
