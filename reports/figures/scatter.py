"""Score rank against truth rank, one panel per proxy."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import rankdata

from harness.statistics.rank import kendall, tied_share
from reports.figures.labels import wrapped
from reports.figures.pen import Pen
from reports.figures.style import BLUE, MUTED, RULE, SMALLER, VERMILLION, WEB, Style, blank, canvas, small
from reports.numbers import number
from reports.plot import Plot
from reports.summary.isomorphic import classes_of, repeated
from reports.summary.learning import featured
from reports.summary.proxy import ProxyRow, ProxySummary

SHOWN = 12
"""Panels in all, at most."""
PANEL = WEB._replace(column=1.6)
"""How wide a panel is that stands alone."""
LEAST = 1.3
"""Inches of a panel beside others."""
TIED = 0.02
"""The share of pairs with equal scores from which on a panel's title tells it."""


class Ranks(NamedTuple):
    """The architectures of a proxy's first seed: ranks from 1, the best, tied ones in the middle of their ranks.

    `again` says which are isomorphic to one before them, in the order of the space.
    """

    arch: NDArray[np.int64]
    score: NDArray[np.float64]
    truth: NDArray[np.float64]
    by_score: NDArray[np.float64]
    by_truth: NDArray[np.float64]
    again: NDArray[np.bool_]


class Panel(NamedTuple):
    """A proxy and what it ranked."""

    row: ProxyRow
    ranks: Ranks


def scatter(summary: ProxySummary, pen: Pen) -> Plot | None:
    """Score rank against truth rank, one panel per proxy; None without a proxy that scored anything."""
    panels = [Panel(row, ranks) for row in shown(summary) if len((ranks := ranks_of(summary, row)).arch)]
    if not panels:
        return None
    data = pd.concat([_data(panel) for panel in panels], ignore_index=True)
    small_ones = tuple((f"rank by {panel.row.proxy} against rank by truth", _alone(panel)) for panel in panels)
    name, figure = f"scatter_{summary.study['study']}", draw_scatter(panels, pen.style)
    return Plot(name, _caption(summary, panels), figure, data, panels=small_ones)


def ranks_of(summary: ProxySummary, row: ProxyRow) -> Ranks:
    """What a proxy ranked in its first seed; isomorphic architectures are looked for where there can be some."""
    frame = summary.frame
    points = frame[(frame["proxy"] == row.proxy) & np.isfinite(frame["score"]) & frame["truth"].notna()]
    points = points[points["seed"] == points["seed"].min()].sort_values("arch", kind="stable")
    arch, score, truth = points["arch"].to_numpy(int), points["score"].to_numpy(float), points["truth"].to_numpy(float)
    study = summary.study
    classes = arch if study.get("unique", True) else classes_of(study["space"], arch)
    return Ranks(arch, score, truth, rankdata(-score), rankdata(-truth), repeated(classes))


def shown(summary: ProxySummary) -> list[ProxyRow]:
    """The proxies that have a panel: the best ones, a predictor with its largest training set alone."""
    return featured(summary)[:SHOWN]


def draw_scatter(panels: list[Panel], style: Style = WEB) -> Figure:
    """All panels, for print, as wide as the text where they need it; rank 1 is the best on both axes."""
    wide = len(panels) > int(style.column / LEAST)
    width = style.page if wide else style.column
    columns = min(int(width / LEAST), len(panels))
    columns = math.ceil(len(panels) / math.ceil(len(panels) / columns))
    lines = math.ceil(len(panels) / columns)
    side = min(width / columns, 2.2)
    figure = blank(style, (0.3 + lines * (side + 0.16)) / width, wide=wide)
    figure.set_layout_engine("compressed")
    grid = figure.subplots(lines, columns, squeeze=False)
    for axes in grid.flat[len(panels) :]:
        axes.remove()
    for axes, panel in zip(grid.flat, panels, strict=False):
        draw_panel(axes, panel)
    figure.supxlabel("rank by truth (1 = best)", fontsize=small() + SMALLER)
    figure.supylabel("rank by score (1 = best)", fontsize=small() + SMALLER)
    return figure


def draw_panel(axes: Axes, panel: Panel) -> None:
    """Architectures that are isomorphic to an earlier one are grey; the shaded square is the top k of both."""
    row, ranks = panel
    n = max(len(ranks.arch), 2)
    axes.plot([1, n], [1, n], color=RULE, linewidth=0.8, zorder=1)
    size, alpha = min(max(900 / n, 0.4), 9), min(0.6, 0.6 * (1500 / n) ** 0.4)
    for own, color, z in ((ranks.again, MUTED, 2), (~ranks.again, BLUE, 3)):
        axes.scatter(ranks.by_truth[own], ranks.by_score[own], s=size, color=color, alpha=alpha, linewidths=0,
                     rasterized=True, zorder=z)  # fmt: skip
    axes.fill([1, row.k, row.k, 1], [1, 1, row.k, row.k], color=VERMILLION, alpha=0.25, linewidth=0, zorder=4)
    axes.set(xlim=(n * 1.03, 1 - 0.03 * n), ylim=(n * 1.03, 1 - 0.03 * n), aspect="equal")
    axes.set_xticks([n, 1], [f"{n:,}", "1"])
    axes.set_yticks([n, 1], [f"{n:,}", "1"])
    axes.tick_params(labelsize=small() - 1, length=2, pad=1.5, color=MUTED)
    axes.set_title(_title(panel), fontsize=small() - 0.5, pad=3, linespacing=1.1)


def _title(panel: Panel) -> str:
    """The proxy, and what the points that are drawn come to."""
    tau, tied = kendall(panel.ranks.score, panel.ranks.truth), tied_share(panel.ranks.score)
    ties = f", {number(100 * tied, 0)} % ties" if tied >= TIED else ""
    return f"{wrapped(panel.row.proxy, 20)}\nτ-b {number(tau)}{ties}"


def _alone(panel: Panel) -> Figure:
    """A small figure, for a page that lets them flow."""
    figure, axes = canvas(PANEL, 1.75 / 1.6)
    draw_panel(axes, panel)
    return figure


def _caption(summary: ProxySummary, panels: list[Panel]) -> str:
    text = (
        "Rank by score (up) against rank by truth (across), 1 = best, for the architectures of the first seed; the "
        f"shaded square is the top {panels[0].row.k:,} of both. Tied architectures share the middle of their ranks; a "
        f"title tells the τ-b of these architectures, and the share of tied pairs from {100 * TIED:g} % on."
    )
    ranks = max((panel.ranks for panel in panels), key=lambda ranks: len(ranks.arch))
    if ranks.again.any():
        text += (
            f" Grey: {ranks.again.sum():,} of {len(ranks.arch):,} architectures are isomorphic to one before them "
            "in the order of the space, and count as often as they occur."
        )
    left_out = len(featured(summary)) - len(panels)
    return text + (f" The {len(panels)} best proxies; {left_out} are not shown." if left_out else "")


def _data(panel: Panel) -> pd.DataFrame:
    arch, score, truth, by_score, by_truth, again = panel.ranks
    return pd.DataFrame({"proxy": panel.row.proxy, "arch": arch, "score": score, "truth": truth,
                         "rank_by_score": by_score, "rank_by_truth": by_truth, "isomorphic": again})  # fmt: skip
