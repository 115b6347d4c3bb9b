"""How probably a run of one algorithm ends better than a run of another (Agarwal et al., NeurIPS 2021, section 4.3)."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.statistics.bootstrap import Interval
from reports.figures.hover import Hover, hover_matrix, plain
from reports.figures.labels import wrapped
from reports.figures.pen import Pen
from reports.figures.style import BLUE, INK, MUTED, VERMILLION, Style, canvas, small
from reports.numbers import MISSING
from reports.plot import Plot
from reports.summary.group import Group, ranking_of
from reports.summary.improvements import Pairs, improvements_of

NAMES, LETTER, ROW = 0.4, 0.54, 12.5
"""The share of the width that names may take, the width of a letter in its size, and the least height of a row in
points."""
STRONG = 0.65
"""How opaque the colour of a certain win is."""


def improvement(group: Group, suffix: str, pen: Pen) -> Plot | None:
    """The matrix of P(row ends better than column), mean over data sets; None with fewer than two algorithms."""
    if len(group.labels) < 2:
        return None
    order = ranking_of(group) or list(group.labels)
    pairs = improvements_of(group, order)
    where = f", averaged over {len(group.searches)} data sets" if len(group.searches) > 1 else ""
    caption = (
        f"Probability, in percent, that a run of the row's algorithm ends better than one of the column's{where}; ties "
        "count half. Where the 95 % bootstrap interval over seeds holds 50 %, the cell has no colour and the number is "
        "grey; intervals are not corrected for the number of pairs."
    )
    if any(np.isnan(one.low) for one in pairs.values() if not np.isnan(one.point)):
        caption += " So it is where a single run allows no interval."
    data = [{"algorithm": a, "other": b, "probability": one.point, "low": one.low, "high": one.high}
            for (a, b), one in pairs.items()]  # fmt: skip
    figure = draw_improvement(pairs, order, pen.style)
    return Plot(f"improvement{suffix}", caption, figure, pd.DataFrame(data), _hover(pairs, order))


def clear(one: Interval) -> bool:
    """Whether the interval lies wholly on one side of a half."""
    return one.low > 0.5 or one.high < 0.5


def percent(probability: float) -> str:
    """Whole percents; what is only nearly certain is not rounded to certainty."""
    if np.isnan(probability):
        return MISSING
    if 0.995 <= probability < 1:
        return ">99"
    return "<1" if 0 < probability < 0.005 else f"{100 * probability:.0f}"


def draw_improvement(pairs: Pairs, order: list[str], style: Style) -> Figure:
    """Cells with percentages, blue where the row is better; columns have the rows' numbers."""
    letters = int(NAMES * 72 * style.column / (LETTER * small()))
    names = [wrapped(label, letters) for label in order]
    row = max(ROW, *(1.12 * small() * (1 + name.count("\n")) + 2 for name in names))
    n = len(order)
    figure, axes = canvas(style, (row * n + 3.6 * small()) / (72 * style.column))
    for i, a in enumerate(order):
        for j, b in enumerate(order):
            if a != b:
                _cell(axes, (j, i), pairs[a, b])
    axes.set(xlim=(-0.5, n - 0.5), ylim=(n - 0.5, -0.5))
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xticks(range(n), [str(i + 1) for i in range(n)])
    axes.set_yticks(range(n), [f"{name}  {i + 1}" for i, name in enumerate(names)], linespacing=0.95)
    axes.tick_params(length=0, labelsize=small(), pad=2)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("P(row ends better than column), %", fontsize=small(), labelpad=3)
    return figure


def _cell(axes: Axes, place: tuple[int, int], one: Interval) -> None:
    x, y = place
    certain = clear(one)
    alpha = STRONG * min(abs(one.point - 0.5) * 2, 1.0) if certain else 0.0
    axes.fill([x - 0.47, x + 0.47, x + 0.47, x - 0.47], [y - 0.46, y - 0.46, y + 0.46, y + 0.46],
              facecolor=BLUE if one.point > 0.5 else VERMILLION, alpha=alpha, linewidth=0)  # fmt: skip
    axes.text(x, y, percent(one.point), ha="center", va="center_baseline", fontsize=small() - 0.5,
              color=INK if certain else MUTED)  # fmt: skip


def _hover(pairs: Pairs, order: list[str]) -> Hover:
    """The cells in percent as they are drawn: without colour, and with a grey number, where the interval holds 50 %."""
    shades = [[_shade(pairs[a, b]) if a != b else float("nan") for b in order] for a in order]
    hover = hover_matrix(shades, order, order, low=0.0, high=100.0)
    (trace,) = hover["data"]
    trace |= {"opacity": STRONG, "texttemplate": "", "showscale": False, "xgap": 2, "ygap": 2}
    trace["text"] = [[_said(pairs[a, b]) if a != b else "" for b in order] for a in order]
    trace["hovertemplate"] = "P(%{y} ends better than %{x}) = %{text}<extra></extra>"
    places = {
        "type": "category",
        "tickvals": list(map(plain, order)),
        "showgrid": False,
        "ticks": "",
        "showline": False,
    }
    columns, rows = ([f"{name}{i}" for i, name in enumerate(names, start=1)]
                     for names in ([""] * len(order), [f"{plain(label)}  " for label in order]))  # fmt: skip
    across = {"side": "top", "title": {"text": "P(row ends better than column), %"}, "ticktext": columns}
    notes = [_note(place, one) for place, one in pairs.items()]
    upright = {"autorange": "reversed", "ticktext": rows}
    return hover | {"layout": {"xaxis": places | across, "yaxis": places | upright, "annotations": notes}}


def _shade(one: Interval) -> float:
    """The percentage that colours a cell; fifty has no colour."""
    return 100 * one.point if clear(one) or np.isnan(one.point) else 50.0


def _said(one: Interval) -> str:
    ends = f" [{percent(one.low)}, {percent(one.high)}]" if np.isfinite([one.low, one.high]).all() else ""
    return f"{percent(one.point)} %{ends}"


def _note(place: tuple[str, str], one: Interval) -> dict[str, Any]:
    font = {"color": INK if clear(one) else MUTED, "size": 12}
    return {"x": plain(place[1]), "y": plain(place[0]), "text": percent(one.point), "showarrow": False, "font": font}
