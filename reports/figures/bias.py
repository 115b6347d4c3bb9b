"""Which operations proxies over-rate: a panel per operation, a line in it per proxy."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.statistics.bootstrap import Interval
from reports.figures.bias_hover import hover_bias
from reports.figures.labels import wrapped
from reports.figures.pen import Pen
from reports.figures.style import MUTED, PAPER, RULE, Stroke, blank, small
from reports.operations import operation_words
from reports.plot import Plot
from reports.summary.bias import Bias, BiasRow
from reports.summary.proxy import ProxySummary

FEW = 5
"""Operations that fit beside each other into a column; more take a page."""
STEPS = (1, 2, 5)
"""Ticks stand at one of these, or at ten or a hundred times it, on both sides of zero."""


def bias(summary: ProxySummary, found: Bias | None, pen: Pen) -> Plot | None:
    """By how much each operation is over-rated, with 95 % intervals; None where the space names no operations."""
    ranked = {row.proxy for row in summary.rows if np.isfinite(row.kendall.point)}
    rows = [row for row in found.rows if row.proxy in ranked and _known(row)] if found else []
    if found is None or not rows:
        return None
    caption = (
        "Bias by operation: by how many percentage points of rank one more of an operation in place of an average one "
        "lifts an architecture in the ranking by score above its place in the ranking by truth, with 95 % intervals "
        "(least squares on the counts; a proxy's values add up to zero). Right of zero it is over-rated, left of zero "
        "under-rated; a hollow mark's interval holds zero."
    )
    if len(rows) < len(found.rows):
        left = ", ".join(row.proxy for row in found.rows if row not in rows)
        caption += f" Left out, for they have no correlation: {left}."
    shown = Bias(found.operations, tuple(rows))
    figure, most = draw_bias(shown, pen), _most(shown.rows)
    return Plot(
        f"bias_{summary.study['study']}", caption, figure, _data(shown), hover_bias(shown, pen, most, _tick(most))
    )


def _known(row: BiasRow) -> bool:
    return bool(np.isfinite([one.point for one in row.operations]).any())


def draw_bias(found: Bias, pen: Pen) -> Figure:
    """The proxies as lines, the best on top, in panels that share both axes."""
    wide = len(found.operations) > FEW
    width = pen.style.page if wide else pen.style.column
    names = [wrapped(row.proxy, 18) for row in found.rows]
    edges = np.cumsum([0.0, *(1.5 + name.count("\n") for name in names)])  # of the proxies' lines, in sizes of the text
    height = edges[-1] * pen.style.size / 72 + 0.9
    figure = blank(pen.style, height / width, wide=wide)
    panels = figure.subplots(1, len(found.operations), sharex=True, sharey=True, squeeze=False)[0]
    for i, (axes, name) in enumerate(zip(panels, found.operations, strict=True)):
        for y, row in zip((edges[:-1] + edges[1:]) / 2, found.rows, strict=True):
            _draw_row(axes, float(y), row.operations[i], pen.strokes[row.proxy])
        _dress(axes)
        axes.set_title(operation_words(name).replace(" ", "\n"), fontsize=small(), linespacing=1.05, pad=4)
    panels[0].set_yticks((edges[:-1] + edges[1:]) / 2, names, linespacing=0.95)
    panels[0].set_ylim(edges[-1], 0)
    most = _most(found.rows)
    panels[0].set_xlim(-most, most)
    tick = _tick(most)
    panels[0].set_xticks([-tick, tick], [f"−{tick:g}", f"{tick:g}"])
    figure.supxlabel(
        "← under-rated\u00a0\u00a0 percentage points of rank \u00a0\u00a0over-rated →", fontsize=pen.style.size
    )
    return figure


def _draw_row(axes: Axes, y: float, found: Interval, stroke: Stroke) -> None:
    """A proxy's interval, and its mark: hollow where the interval holds zero."""
    clear = found.low > 0 or found.high < 0
    axes.axhline(y, color=RULE, linewidth=0.5, zorder=0)
    axes.hlines(y, found.low, found.high, color=stroke.color, linewidth=1.2, zorder=2)
    axes.plot([found.point], [y], marker=stroke.marker, color=stroke.color, linestyle="none", markersize=4,
              markerfacecolor=stroke.color if clear else PAPER, markeredgewidth=1, zorder=3)  # fmt: skip


def _dress(axes: Axes) -> None:
    axes.axvline(0, color=MUTED, linewidth=0.8, zorder=1)
    axes.tick_params(axis="y", length=0, labelsize=small())
    axes.tick_params(axis="x", labelsize=small() - 1)
    axes.spines["left"].set_visible(False)


def _most(rows: tuple[BiasRow, ...]) -> float:
    """How far the axis goes to both sides of zero: room for every interval."""
    return 1.08 * max(abs(end) for row in rows for one in row.operations for end in one if np.isfinite(end)) or 1.0


def _tick(most: float) -> float:
    """Where ticks stand to both sides of zero, on an axis that goes so far."""
    return max(step * power for power in (0.01, 0.1, 1, 10) for step in STEPS if step * power <= max(0.7 * most, 0.01))


def _data(found: Bias) -> pd.DataFrame:
    rows = [
        {"proxy": row.proxy, "operation": name, "bias_percentage_points_of_rank": one.point, "low": one.low,
         "high": one.high}
        for row in found.rows
        for name, one in zip(found.operations, row.operations, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)
