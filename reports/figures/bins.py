"""Where along the truth proxies rank: their correlation among the worst architectures, and among the best."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures.ends import name_ends
from reports.figures.hover import Hover, Line, Scale, hover_lines
from reports.figures.labels import wrapped
from reports.figures.pen import Pen
from reports.figures.style import MUTED, PAPER, RULE, Stroke, canvas
from reports.numbers import number
from reports.plot import Plot
from reports.summary.bins import BinRow, Bins
from reports.summary.proxy import ProxySummary
from reports.words import unit_of

NAMED = 6
"""The best proxies, which have a colour, an interval and a name; the others are faint."""
REACH = 0.16
"""How far to each side the intervals of a bin are set apart, in bins."""
FAINT = Stroke(RULE, "-", "o")


def bins(summary: ProxySummary, found: Bins | None, pen: Pen) -> Plot | None:
    """Tau-b in each fifth of the truth, one line per proxy; None where no proxy scored enough architectures."""
    if found is None or not parted(found)[0]:
        return None
    study, metric = summary.study, summary.study["truth"]["metric"]
    named, others = parted(found)
    caption = (
        f"Kendall τ-b with 95 % intervals among the architectures of each fifth by {metric}, from the worst to the "
        "best. Within a fifth the truth varies less, so that its noise weighs more and correlations tend to be lower "
        "than over all: compare proxies in the same fifth."
    )
    if others:
        rest = "the other one" if len(others) == 1 else f"the {len(others)} others"
        caption += f" Named: the {len(named)} best over all; grey: {rest}."
    figure = draw_bins(summary, found, pen)
    return Plot(f"bins_{study['study']}", caption, figure, _data(found, study["maximize"]), _hover(summary, found, pen))


def draw_bins(summary: ProxySummary, found: Bins, pen: Pen) -> Figure:
    """Faint lines below, the best proxies above, set apart within each bin so that their intervals are seen."""
    named, others = parted(found)
    figure, axes = canvas(pen.style, _height(named, pen))
    for row in others:
        axes.plot(_places(found), [tau.point for tau in row.kendall], color=FAINT.color, linewidth=0.8, zorder=1)
    for row, shift in zip(named, _shifts(len(named)), strict=True):
        _draw_row(axes, row, shift, pen.strokes[row.proxy])
    _scales(axes, named, others)
    axes.set_xticks(_places(found), _ranges(summary, found))
    axes.set_xlabel(f"{summary.study['truth']['metric']}{unit_of(summary.study)}, fifths from worst to best")
    axes.set_ylabel("Kendall τ-b within the fifth")
    axes.axhline(0, color=MUTED, linewidth=0.7, zorder=0)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    name_ends(figure, axes, {row.proxy: _end(row) for row in named}, pen.strokes)
    return figure


def parted(found: Bins) -> tuple[list[BinRow], list[BinRow]]:
    """The rows that are named, and the others; without those that have no correlation in any bin."""
    known = [row for row in found.rows if np.isfinite([tau.point for tau in row.kendall]).any()]
    return known[:NAMED], known[NAMED:]


def _height(named: list[BinRow], pen: Pen) -> float:
    """The share of the width that the figure is high: more where many long names stand beside each other."""
    lines = sum(1 + wrapped(row.proxy, 14).count("\n") for row in named)
    return max(0.72, (lines * 1.4 + 7) * pen.style.size / 72 / pen.style.column)


def _places(found: Bins) -> list[int]:
    return list(range(1, len(found.edges) + 1))


def _shifts(count: int) -> list[float]:
    return np.linspace(-REACH, REACH, count).tolist() if count > 1 else [0.0] * count


def _draw_row(axes: Axes, row: BinRow, shift: float, stroke: Stroke) -> None:
    x = np.arange(1, len(row.kendall) + 1) + shift
    taus = np.array(row.kendall)
    axes.vlines(x, taus[:, 1], taus[:, 2], color=stroke.color, linewidth=0.8, alpha=0.5, zorder=2)
    axes.plot(x, taus[:, 0], color=stroke.color, linestyle=stroke.dashes, linewidth=1.1, marker=stroke.marker,
              markersize=4, markeredgecolor=PAPER, markeredgewidth=0.5, zorder=3)  # fmt: skip


def _scales(axes: Axes, named: list[BinRow], others: list[BinRow]) -> None:
    """The limits hold every interval that is drawn, and zero."""
    ends = [end for row in named for tau in row.kendall for end in tau]
    ends += [tau.point for row in others for tau in row.kendall]
    known = [0.0, *(end for end in ends if np.isfinite(end))]
    margin = 0.04 * (max(known) - min(known)) or 0.1
    axes.set_ylim(min(known) - margin, max(known) + margin)
    axes.set_xlim(0.7, len(named[0].kendall) + 0.3)


def _end(row: BinRow) -> float:
    """The height of the line's end: the last bin in which the correlation is defined."""
    return [tau.point for tau in row.kendall if np.isfinite(tau.point)][-1]


def _ranges(summary: ProxySummary, found: Bins) -> list[str]:
    """The ends of each bin, in two lines, in the direction of the metric and with as few digits as tell them apart."""
    sign = 1 if summary.study["maximize"] else -1
    edges = [(sign * low, sign * high) for low, high in found.edges]
    known = [abs(high - low) for low, high in edges if high != low]
    digits = int(np.clip(1 - np.floor(np.log10(min(known))), 0, 4)) if known else 2
    return [f"{number(low, digits)}\nto {number(high, digits)}".replace("-", "−") for low, high in edges]


def _data(found: Bins, maximize: bool) -> pd.DataFrame:
    sign = 1 if maximize else -1
    rows = [
        {"proxy": row.proxy, "bin": i, "truth_from": sign * low, "truth_to": sign * high, "kendall_tau_b": tau.point,
         "low": tau.low, "high": tau.high}
        for row in found.rows
        for i, ((low, high), tau) in enumerate(zip(found.edges, row.kendall, strict=True), start=1)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _hover(summary: ProxySummary, found: Bins, pen: Pen) -> Hover:
    """The lines as they are drawn: the named with error bars, set apart, and the others in grey."""
    ranges = _ranges(summary, found)
    texts = [text.replace("\n", " ") for text in ranges]
    named, others = parted(found)
    lines = [Line(row.proxy, _places(found), [tau.point for tau in row.kendall], FAINT, text=texts) for row in others]
    for row, shift in zip(named, _shifts(len(named)), strict=True):
        points, low, high = (list(part) for part in zip(*row.kendall, strict=True))
        places = [place + shift for place in _places(found)]
        lines.append(Line(row.proxy, places, points, pen.strokes[row.proxy], low, high, texts, "lines+markers",
                          bars=True))  # fmt: skip
    title = f"{summary.study['truth']['metric']}{unit_of(summary.study)}, fifths from worst to best"
    hover = hover_lines(lines, Scale(title), Scale("Kendall τ-b within the fifth"))
    for i, trace in enumerate(hover["data"]):
        ends = " [%{customdata[0]:,.3~g}, %{customdata[1]:,.3~g}]" if "customdata" in trace else ""
        trace["hovertemplate"] = f"<b>%{{fullData.name}}</b><br>%{{text}}: %{{y:,.3~g}}{ends}<extra></extra>"
        trace["showlegend"] = i >= len(others)
    words = [text.replace("\n", "<br>") for text in ranges]
    hover["layout"]["xaxis"] |= {"tickvals": _places(found), "ticktext": words, "showgrid": False}
    hover["layout"]["yaxis"] |= {"zeroline": True, "zerolinecolor": MUTED}
    return hover
