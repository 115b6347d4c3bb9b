"""Bias by operation under a mouse: the panels as they are drawn."""

from typing import Any

from harness.statistics.bootstrap import Interval
from reports.figures.hover import Hover, Line, Scale, hover_lines, plain
from reports.figures.pen import Pen
from reports.figures.style import MUTED, Stroke
from reports.operations import operation_words
from reports.summary.bias import Bias

GAP = 0.03
"""Between panels, as a share of the width."""
SAID = "<b>%{y}</b><br>%{x:.3~g} [%{customdata[0]:.3~g}, %{customdata[1]:.3~g}]<extra></extra>"


def hover_bias(found: Bias, pen: Pen, most: float, tick: float) -> Hover:
    """A panel for each operation, which all share the line of each proxy; hollow where the interval holds zero.

    The axes go as far as `most` to both sides of zero, with ticks at `tick`.
    """
    traces, width = [], (1 + GAP) / len(found.operations)
    proxies = [plain(row.proxy) for row in found.rows]
    layout: dict[str, Any] = {"showlegend": False, "hovermode": "closest", "margin": {"t": 64, "b": 64}}
    layout["yaxis"] = {"type": "category", "categoryarray": proxies, "range": [len(proxies) - 0.4, -0.6], "dtick": 1}
    layout["annotations"] = [_axis_title()]
    for i, name in enumerate(found.operations):
        axis = f"x{i + 1}" if i else "x"
        traces += [_mark(row.proxy, row.operations[i], pen.strokes[row.proxy], axis) for row in found.rows]
        domain = [i * width, (i + 1) * width - GAP]
        layout[axis.replace("x", "xaxis")] = _axis(most, tick) | {"domain": domain} | ({"matches": "x"} if i else {})
        layout["annotations"].append(_title(operation_words(name), sum(domain) / 2))
    return {"data": traces, "layout": layout}


def _mark(proxy: str, found: Interval, stroke: Stroke, axis: str) -> dict[str, Any]:
    """A point on the proxy's line, with its interval to both sides."""
    line = Line(proxy, [found.point], [0.0], stroke, [found.low], [found.high], mode="markers")
    trace: dict[str, Any] = hover_lines([line], Scale(""), Scale(""))["data"][0]
    del trace["error_y"]
    trace |= {"y": [plain(proxy)], "xaxis": axis, "hovertemplate": SAID}
    if found.low == found.low and found.high == found.high:
        above, below = found.high - found.point, found.point - found.low
        bar = {"type": "data", "symmetric": False, "array": [above], "arrayminus": [below]}
        trace["error_x"] = bar | {"thickness": 1.2, "width": 0}
    if not (found.low > 0 or found.high < 0):
        trace["marker"]["symbol"] += "-open"
    return trace


def _axis(most: float, tick: float) -> dict[str, Any]:
    """Zero is a line in each panel."""
    ticks = {"tickvals": [-tick, tick], "ticktext": [f"−{tick:g}", f"{tick:g}"], "range": [-most, most]}
    return ticks | {"zeroline": True, "zerolinecolor": MUTED, "showgrid": False}


def _title(words: str, middle: float) -> dict[str, Any]:
    text = plain(words).replace(" ", "<br>")
    place = {"x": middle, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "center", "yanchor": "bottom"}
    return place | {"text": text, "showarrow": False, "yshift": 4}


def _axis_title() -> dict[str, Any]:
    text = "← under-rated     percentage points of rank     over-rated →"
    place = {"x": 0.5, "y": 0, "xref": "paper", "yref": "paper", "xanchor": "center", "yanchor": "top"}
    return place | {"text": text, "showarrow": False, "yshift": -28}
