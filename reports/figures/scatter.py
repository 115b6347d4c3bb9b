"""Score rank against truth rank, one panel per proxy."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import rankdata

from reports.figures.labels import wrapped
from reports.figures.pen import Pen
from reports.figures.style import BLUE, MUTED, RULE, VERMILLION, WEB, Style, canvas, small
from reports.numbers import number
from reports.plot import Plot
from reports.summary.learning import featured
from reports.summary.proxy import ProxyRow, ProxySummary

COLUMNS, SHOWN = 3, 12
"""Panels beside each other, and at most so many in all."""
PANEL = WEB._replace(column=1.6)
"""How wide a panel is that stands alone."""


def scatter(summary: ProxySummary, pen: Pen) -> Plot | None:
    """Score rank against truth rank, one panel per proxy; None without a proxy."""
    if not summary.rows:
        return None
    figures = tuple((f"rank by {proxy} against rank by truth", figure) for proxy, figure in panels(summary))
    left_out = len(featured(summary)) - len(figures)
    caption = (
        "Rank by score (up) against rank by truth (across), 1 = best, for the architectures of the first seed; "
        "the square is the top k."
        + (f" The {len(figures)} best proxies; {left_out} are not shown." if left_out else "")
    )
    data = summary.frame[["proxy", "seed", "arch", "score", "truth"]]
    figure = draw_scatter(summary, pen.style)
    return Plot(f"scatter_{summary.study['study']}", caption, figure, data, panels=figures)


def draw_scatter(summary: ProxySummary, style: Style = WEB) -> Figure:
    """All panels, for print; rank 1 is the best on both axes."""
    rows = shown(summary)
    columns = min(COLUMNS, len(rows))
    lines = math.ceil(len(rows) / columns)
    width = style.column
    figure = Figure(figsize=(width, 0.3 + lines * (width / columns + 0.1)), layout="compressed")
    grid = figure.subplots(lines, columns, squeeze=False)
    for axes in grid.flat[len(rows) :]:
        axes.remove()
    for axes, row in zip(grid.flat, rows, strict=False):
        draw_panel(axes, summary.frame, row)
    figure.supxlabel("rank by truth (1 = best)")
    figure.supylabel("rank by score (1 = best)")
    return figure


def panels(summary: ProxySummary) -> Iterator[tuple[str, Figure]]:
    """One small figure per proxy, for a page that lets them flow."""
    for row in shown(summary):
        figure, axes = canvas(PANEL, 1.75 / 1.6)
        draw_panel(axes, summary.frame, row)
        yield row.proxy, figure


def shown(summary: ProxySummary) -> list[ProxyRow]:
    """The proxies that have a panel: the best ones, a predictor with its largest training set alone."""
    return featured(summary)[:SHOWN]


def draw_panel(axes: Axes, frame: pd.DataFrame, row: ProxyRow) -> None:
    """The architectures of the proxy's first seed; the shaded square is the top k of both."""
    points = frame[(frame["proxy"] == row.proxy) & np.isfinite(frame["score"]) & frame["truth"].notna()]
    points = points[points["seed"] == points["seed"].min()]
    n = len(points)
    x, y = rankdata(-points["truth"].to_numpy(float)), rankdata(-points["score"].to_numpy(float))
    axes.plot([1, max(n, 2)], [1, max(n, 2)], color=RULE, linewidth=0.8, zorder=1)
    size = min(max(900 / max(n, 1), 0.4), 9)
    axes.scatter(x, y, s=size, color=BLUE, alpha=0.55, linewidths=0, rasterized=True, zorder=2)
    axes.fill([1, row.k, row.k, 1], [1, 1, row.k, row.k], color=VERMILLION, alpha=0.25, linewidth=0, zorder=3)
    axes.set(xlim=(max(n, 2) * 1.03, 1 - 0.03 * n), ylim=(max(n, 2) * 1.03, 1 - 0.03 * n), aspect="equal")
    axes.set_xticks([n, 1] if n > 1 else [1])
    axes.set_yticks([n, 1] if n > 1 else [1])
    axes.tick_params(labelsize=small() - 1, length=2, pad=1.5, color=MUTED)
    axes.set_title(
        f"{wrapped(row.proxy, 22)}\nτ-b {number(row.kendall.point)}", fontsize=small() - 0.5, pad=3, linespacing=1.1
    )
