"""Learning curves and crossing ranks that answer to a mouse."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.figures.hover import Hover, Line, Scale, hover_lines
from reports.figures.style import RULE, Stroke
from reports.numbers import number
from reports.summary.crossing import Crossing

ABOVE, BELOW = (0.64, 1.0), (0.0, 0.46)
"""The shares of the height that the two panels take."""
LINEAR = 20
"""From this ratio of the most epochs to the fewest on, their axis is logarithmic."""


def hover_crossing(
    found: Crossing, shown: tuple[Sequence[int], Sequence[int]], ranked: NDArray[np.float64],
    named: Mapping[str, Stroke], measure: str,
) -> Hover:  # fmt: skip
    """The best architectures' ranks below, shape (architectures, stages), and their curves above others' in grey."""
    best, others = shown
    lower, upper = _ranks(found, best, ranked, named), _curves(found, best, named, measure)
    upper["data"] = [*_others(found, others), *upper["data"]]
    for trace in upper["data"]:
        trace |= {"xaxis": "x2", "yaxis": "y2", "showlegend": False, "legendgroup": trace["name"]}
    for trace in lower["data"]:
        trace["legendgroup"] = trace["name"]
    layout = lower["layout"]
    return {
        "data": [*lower["data"], *upper["data"]],
        "layout": layout
        | {
            "yaxis": layout["yaxis"] | {"domain": list(BELOW)},
            "xaxis2": upper["layout"]["xaxis"] | {"anchor": "y2"},
            "yaxis2": upper["layout"]["yaxis"] | {"domain": list(ABOVE), "anchor": "x2"},
        },
    }


def _ranks(found: Crossing, best: Sequence[int], ranked: NDArray[np.float64], named: Mapping[str, Stroke]) -> Hover:
    stages = [
        f"{epochs}<br>{number(100 * share.point, 0)} %"
        for epochs, share in zip(found.epochs, found.swapped, strict=True)
    ]
    values = np.column_stack([found.scores, found.truth])
    lines = [
        Line(name, [*stages, "truth"], ranked[row].tolist(), stroke, text=[f"{value:.4g}" for value in values[row]],
             mode="lines+markers")
        for row, (name, stroke) in zip(best, named.items(), strict=True)
    ]  # fmt: skip
    title = f"rank among {len(found.archs):,}"
    hover = hover_lines(lines, Scale("epochs, and pairs that they swap"), Scale(title, log=True, backwards=True))
    for trace in hover["data"]:
        trace["hovertemplate"] = "rank %{y:.4~g}: %{text}<extra>%{fullData.name}</extra>"
    return hover


def _curves(found: Crossing, best: Sequence[int], named: Mapping[str, Stroke], measure: str) -> Hover:
    """The curves of the best, with ticks at the numbers of epochs."""
    lines = [
        Line(name, found.epochs, found.scores[row].tolist(), stroke)
        for row, (name, stroke) in zip(best, named.items(), strict=True)
    ]
    hover = hover_lines(lines, Scale("epochs", log=is_log(found.epochs)), Scale(measure))
    hover["layout"]["xaxis"] |= {"tickvals": list(found.epochs), "ticktext": [f"{one:g}" for one in found.epochs]}
    hover["layout"]["xaxis"].pop("dtick", None)
    return hover


def _others(found: Crossing, others: Sequence[int]) -> list[dict[str, Any]]:
    """Thin grey curves behind the others'; each tells its architecture."""
    faint = Stroke(RULE, "-", "o")
    lines = [Line(f"no. {found.archs[row]}", found.epochs, found.scores[row].tolist(), faint) for row in others]
    traces: list[dict[str, Any]] = hover_lines(lines, Scale("epochs"), Scale(found.metric))["data"]
    for trace in traces:
        trace["line"]["width"] = 1
    return traces


def is_log(epochs: Sequence[float]) -> bool:
    """Whether numbers of epochs are so far apart that they are drawn on a log axis."""
    return epochs[-1] >= LINEAR * epochs[0]
