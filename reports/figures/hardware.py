"""What counts say of a device: its true cost against params and FLOPs."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from harness.statistics.bootstrap import Interval
from reports.figures.hover import Hover, Line, Scale, hover_lines
from reports.figures.pen import Pen
from reports.figures.style import BLUE, MUTED, RULE, Stroke, Style, blank, log_ticks, small
from reports.numbers import decimals, interval
from reports.plot import Plot
from reports.summary.origin import origin_of
from reports.summary.proxy import ProxySummary
from reports.words import name_of

Array = NDArray[np.float64]

COUNTS = {"params": "parameters", "flops": "FLOPs (millions of multiply-adds)"}
"""Proxies that count, and the titles of their axes."""
NEGATED = "negated"
PLAIN = FuncFormatter(lambda value, _: f"{value:,.10g}")
DECADE, INK_OF_ALL = 10.0, 3000.0
"""A count that spans more has a log axis; the area of all points together."""
HOVERED = 2000
"""Points that a mouse can find; more would make the page heavy."""


class Panel(NamedTuple):
    """What is `counted` against the cost; `kendall` is how the two rank alike, 1 = the more counted, the dearer."""

    counted: str
    label: str
    kendall: Interval
    archs: NDArray[np.int64]
    x: Array
    y: Array


def hardware(summary: ProxySummary, pen: Pen) -> Plot | None:
    """The true cost against each count of the study; None unless the truth is a cost and a proxy counts."""
    panels = panels_of(summary)
    if not panels:
        return None
    study = summary.study
    caption = (
        f"{origin_of(study).capitalize()} {study['truth']['metric']} on {study['benchmark']} against what is counted, "
        "for the architectures of the first seed. τ-b says how far the two rank alike, mean over seeds with a 95 % "
        "interval."
    )
    figure = _draw(summary, panels, pen.style)
    return Plot(f"hardware_{study['study']}", caption, figure, _data(summary, panels), _hover(summary, panels))


def panels_of(summary: ProxySummary) -> list[Panel]:
    """One panel for each kind of count, negated or not, the first in the order of `COUNTS`."""
    if summary.study["truth"].get("split") != "cost":
        return []
    found: dict[str, Panel] = {}
    for row in summary.rows:
        count, reverse = _count_of(summary, row.proxy)
        if count in COUNTS and count not in found and np.isfinite(row.kendall.point):
            # The truth in the frame points upwards, and so does the score.
            sign = -1.0 if reverse else 1.0
            found[count] = _panel(summary, row.proxy, count, sign, row.kendall)
    return [found[count] for count in COUNTS if count in found]


def _count_of(summary: ProxySummary, label: str) -> tuple[str, bool]:
    """What a proxy counts, and whether its score is that with the sign reversed."""
    name = name_of(summary.study, label)
    if name != NEGATED:
        return name, False
    return summary.study["hyper"].get(label, {}).get("proxy", "flops"), True


def _panel(summary: ProxySummary, label: str, count: str, sign: float, kendall: Interval) -> Panel:
    upwards = 1.0 if summary.study["maximize"] else -1.0
    frame = summary.frame[summary.frame["proxy"] == label]
    points = frame[(frame["seed"] == frame["seed"].min()) & frame["score"].notna() & frame["truth"].notna()]
    ends = sorted(sign * upwards * end for end in (kendall.low, kendall.high))
    return Panel(
        count,
        label,
        Interval(sign * upwards * kendall.point, *ends),
        points["arch"].to_numpy(),
        sign * points["score"].to_numpy(float),
        upwards * points["truth"].to_numpy(float),
    )


def _draw(summary: ProxySummary, panels: list[Panel], style: Style) -> Figure:
    wide = len(panels) > 1
    figure = blank(style, 0.47 if wide else 0.75, wide=wide)
    grid = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for axes, panel in zip(grid, panels, strict=True):
        _draw_panel(axes, panel)
    if (_all_y(panels) > 0).all():
        low, high = grid[0].get_ylim()
        positive = _all_y(panels)
        grid[0].set_ylim(max(low, positive.min() / 1.25), max(high, positive.max() * 1.25))
        log_ticks(grid[0], "y", PLAIN)
    unit = summary.study["unit"]
    grid[0].set_ylabel(f"{summary.study['truth']['metric']}{f' ({unit})' if unit else ''}")
    return figure


def _draw_panel(axes: Axes, panel: Panel) -> None:
    size = min(max(INK_OF_ALL / len(panel.x), 1.5), 9)
    axes.scatter(panel.x, panel.y, s=size, color=BLUE, alpha=0.35, linewidths=0, rasterized=True)
    if panel.x.min() > 0 and panel.x.max() > DECADE * panel.x.min():
        axes.set_xlim(panel.x.min() / 1.25, panel.x.max() * 1.25)
        log_ticks(axes, "x", PLAIN)
    axes.set_xlabel(COUNTS[panel.counted])
    tau = interval(panel.kendall, decimals([panel.kendall]))
    axes.set_title(f"τ-b {tau}", fontsize=small(), pad=4)
    axes.grid(color=RULE)
    axes.set_axisbelow(True)


def _all_y(panels: list[Panel]) -> Array:
    return np.concatenate([panel.y for panel in panels])


def _data(summary: ProxySummary, panels: list[Panel]) -> pd.DataFrame:
    unit = summary.study["unit"]
    cost = f"{summary.study['truth']['metric']}{f' ({unit})' if unit else ''}"
    parts = [
        pd.DataFrame({"counted": COUNTS[panel.counted], "proxy": panel.label, "arch": panel.archs, "count": panel.x,
                      cost: panel.y})
        for panel in panels
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _hover(summary: ProxySummary, panels: list[Panel]) -> Hover | None:
    """One panel answers to a mouse; two have different axes."""
    if len(panels) > 1:
        return None
    (panel,) = panels
    shown = slice(HOVERED)
    texts = [f"architecture {arch}" for arch in panel.archs[shown].tolist()]
    line = Line(panel.label, panel.x[shown].tolist(), panel.y[shown].tolist(), Stroke(MUTED, "-", "o"), text=texts,
                mode="markers")  # fmt: skip
    return hover_lines(
        [line], Scale(COUNTS[panel.counted], log=True), Scale(summary.study["truth"]["metric"], log=True)
    )
