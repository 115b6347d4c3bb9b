"""How well predictors rank after so many architectures of known quality."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from reports.figures.ceiling import draw_ceiling
from reports.figures.ends import name_ends
from reports.figures.style import MUTED, PAPER, WIDTH, canvas, strokes
from reports.summary.learning import LearningCurve
from reports.summary.proxy import ProxySummary

MARKERS = "osD^vPX<>"
ROOM = 1.12
"""The log axis goes so far beyond the sizes."""


def draw_learning(summary: ProxySummary, curves: list[LearningCurve]) -> Figure:
    """Tau-b with 95 % bands against the number of architectures, one line per predictor, and the noise ceiling."""
    figure, axes = canvas(3.3, WIDTH)
    styles = strokes([curve.label for curve in curves])
    for i, curve in enumerate(curves):
        color, dashes = styles[curve.label]
        sizes = [row.trained for row in curve.rows]
        taus = np.array([row.kendall for row in curve.rows])
        axes.fill_between(sizes, taus[:, 1], taus[:, 2], color=color, alpha=0.15, linewidth=0)
        axes.plot(sizes, taus[:, 0], color=color, linestyle=dashes, linewidth=1.3, marker=MARKERS[i % len(MARKERS)],
                  markersize=4, markeredgecolor=PAPER, markeredgewidth=0.5)  # fmt: skip
    _scales(axes, curves)
    axes.set_xlabel("architectures learned from (log scale)")
    axes.set_ylabel(f"Kendall τ-b with {summary.study['truth']['metric']}")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    if summary.ceiling is not None:
        draw_ceiling(axes, summary.ceiling)
    name_ends(figure, axes, {curve.label: curve.rows[-1].kendall.point for curve in curves}, styles)
    return figure


def _scales(axes: Axes, curves: list[LearningCurve]) -> None:
    """A tick at each size; the limits hold every interval."""
    sizes = sorted({row.trained for curve in curves for row in curve.rows})
    axes.set_xscale("log")
    axes.set_xlim(sizes[0] / ROOM, sizes[-1] * ROOM)
    axes.xaxis.set_major_locator(FixedLocator([float(size) for size in sizes]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    ends = [end for curve in curves for row in curve.rows for end in row.kendall if np.isfinite(end)]
    low, high = min(0.0, *ends), max(0.2, *ends)
    axes.set_ylim(low - 0.04 if low < 0 else 0.0, min(high + 0.08, 1.05))
    if low < 0:
        axes.axhline(0, color=MUTED, linewidth=0.7)
