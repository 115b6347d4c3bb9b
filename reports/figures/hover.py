"""Figures that answer to a mouse: specifications for plotly, as plain data; the page replaces our inks by its own.

Plotly reads tags, links among them, and templates in whatever it shows: every name goes through `plain`.
"""

import html
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from reports.figures.style import BLUE, PAPER, RULE, VERMILLION, Stroke

Hover = dict[str, Any]
"""`data` and `layout` of a plotly figure."""

SYMBOLS = {"o": "circle", "s": "square", "D": "diamond", "^": "triangle-up", "v": "triangle-down", "P": "cross",
           "X": "x", "<": "triangle-left", ">": "triangle-right", "*": "star"}  # fmt: skip
DASHED = ("solid", "dash", "dot")
NUMBERED = 12
"""Columns up to which the cells of a matrix have room for their numbers."""
SPARSE = (3.0, 2000.0)
"""Between these ratios of the largest to the least value, plotly's own ticks on a log axis overlap."""


class Line(NamedTuple):
    """A curve or a set of points; `low` and `high` are the ends of intervals, `text` is shown beside each point.

    The text may have plotly's tags, so that names in it are to be made `plain` before; `name` is made so here.
    The intervals of a curve are a band, or with `bars` error bars, like those of points.
    """

    name: str
    x: Sequence[Any]
    y: Sequence[float]
    stroke: Stroke
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    text: Sequence[str] = ()
    mode: str = "lines"
    step: bool = False
    bars: bool = False


class Scale(NamedTuple):
    """An axis: its title, and whether it is logarithmic or runs backwards."""

    title: str
    log: bool = False
    backwards: bool = False


def hover_lines(lines: Sequence[Line], x: Scale, y: Scale) -> Hover:
    """Curves with bands or error bars, and points with error bars."""
    traces = []
    for line in lines:
        if len(line.low) and not _barred(line):
            traces.append(_band(line))
        traces.append(_line(line, _said(line, x.title, y.title)))
    across, up = ([end for line in lines for end in ends(line)] for ends in (_across, _up))
    return {"data": traces, "layout": {"xaxis": _axis(x, across), "yaxis": _axis(y, up), "hovermode": "closest"}}


def hover_matrix(
    values: Sequence[Sequence[float]], rows: Sequence[str], columns: Sequence[str], *, low: float, high: float
) -> Hover:
    """A heat map from `low` to `high`, the first row on top."""
    trace = {
        "type": "heatmap",
        "z": [[_plain(value) for value in row] for row in values],
        "x": list(map(plain, columns)),
        "y": list(map(plain, rows)),
        "zmin": low,
        "zmax": high,
        "colorscale": [[0, VERMILLION], [0.5, PAPER], [1, BLUE]],
        "texttemplate": "%{z:.2f}" if len(columns) <= NUMBERED else "",
        "hovertemplate": "%{y}, %{x}: %{z:.3g}<extra></extra>",
    }
    return {"data": [trace], "layout": {"yaxis": {"autorange": "reversed"}, "xaxis": {"side": "bottom"}}}


def plain(text: str) -> str:
    """The text as plotly shows it letter by letter: no tags, no links, no templates."""
    return html.escape(text, quote=False).replace("%{", "&#37;{")


def worded(value: Any) -> Any:
    """A specification in which no dollar sign is taken for the beginning of a formula."""
    if isinstance(value, str):
        return value.replace("$", "&#36;")
    if isinstance(value, dict):
        return {key: worded(one) for key, one in value.items()}
    return [worded(one) for one in value] if isinstance(value, list | tuple) else value


def _said(line: Line, x: str, y: str) -> str:
    """What is said of a point, in plotly's form: name, text, both coordinates, and the interval of the second."""
    text = "%{text}<br>" if len(line.text) else ""
    ends = " [%{customdata[0]:,.4~g}, %{customdata[1]:,.4~g}]" if len(line.low) else ""
    across, up = (f"{plain(title)}: " if title else "" for title in (x, y))
    return f"<b>%{{fullData.name}}</b><br>{text}{across}%{{x:,.4~g}}<br>{up}%{{y:,.4~g}}{ends}<extra></extra>"


def _line(line: Line, said: str) -> dict[str, Any]:
    trace: dict[str, Any] = {
        "type": "scatter",
        "name": plain(line.name),
        "mode": line.mode,
        "x": [_plain(value) for value in line.x],
        "y": [_plain(value) for value in line.y],
        "line": {"color": line.stroke.color, "width": 2, "dash": _dash(line.stroke)},
        "marker": {"color": line.stroke.color, "symbol": SYMBOLS[line.stroke.marker], "size": 8},
        "hovertemplate": said,
    }
    if line.step:
        trace["line"]["shape"] = "hv"
    if len(line.text):
        trace["text"] = list(line.text)
    if len(line.low):
        trace["customdata"] = [[_plain(lo), _plain(hi)] for lo, hi in zip(line.low, line.high, strict=True)]
    if len(line.low) and _barred(line):
        above = [_plain(h - v) for h, v in zip(line.high, line.y, strict=True)]
        below = [_plain(v - lo) for lo, v in zip(line.low, line.y, strict=True)]
        ends = {"type": "data", "symmetric": False, "array": above, "arrayminus": below}
        trace["error_y"] = ends | {"thickness": 1.2, "width": 0}
    return trace


def _band(line: Line) -> dict[str, Any]:
    """The band as one closed outline, where it is known."""
    known = [i for i, (lo, hi) in enumerate(zip(line.low, line.high, strict=True)) if lo == lo and hi == hi]
    if line.step:
        return _outline(line, [i for i in known for _ in (0, 1)][1:], [i for i in known for _ in (0, 1)][:-1])
    return _outline(line, known, known)


def _outline(line: Line, places: Sequence[int], known: Sequence[int]) -> dict[str, Any]:
    """There and back; a corner stands at one of `places`, as high as at the same of `known`."""
    x = [line.x[i] for i in places]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [_plain(value) for value in (*x, *reversed(x))],
        "y": [_plain(value) for value in (*(line.high[i] for i in known), *(line.low[i] for i in reversed(known)))],
        "fill": "toself",
        "fillcolor": line.stroke.color,
        "opacity": 0.15,
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
        "name": plain(line.name),
    }


def _barred(line: Line) -> bool:
    return line.bars or line.mode == "markers"


def _across(line: Line) -> list[Any]:
    return list(line.x)


def _up(line: Line) -> list[Any]:
    return [*line.y, *line.low, *line.high]


def _axis(scale: Scale, values: Sequence[Any]) -> dict[str, Any]:
    """An axis for these values; on a log axis of few decades, ticks stand at 1, 2 and 5, for more would overlap."""
    axis: dict[str, Any] = {"title": {"text": plain(scale.title)}, "gridcolor": RULE}
    if scale.log:
        axis |= {"type": "log", "tickformat": ",.4~g"}
        known = [float(value) for value in values if 0 < float(value) < math.inf]
        if known and SPARSE[0] < max(known) / min(known) < SPARSE[1]:
            axis["dtick"] = "D2"
    if scale.backwards:
        axis["autorange"] = "reversed"
    return axis


def _dash(stroke: Stroke) -> str:
    return DASHED[0] if isinstance(stroke.dashes, str) else DASHED[1] if stroke.dashes[1][0] > 1 else DASHED[2]


def _plain(value: Any) -> Any:
    """A number that JSON knows: rounded to six digits, None for what is not finite."""
    if isinstance(value, str):
        return value
    number = float(value)
    return float(f"{number:.6g}") if number - number == 0 else None
