"""Learning curves and crossing ranks that answer to a mouse."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from reports.figures.hover import Hover, Line, Scale, hover_lines
from reports.figures.style import Stroke
from reports.numbers import number
from reports.summary.crossing import Crossing

ABOVE, BELOW = (0.6, 1.0), (0.0, 0.48)
"""The shares of the height that the two panels take."""


def hover_crossing(
    found: Crossing, best: Sequence[int], ranked: NDArray[np.float64], named: Mapping[str, Stroke]
) -> Hover:
    """The best architectures: their ranks below, shape (architectures, stages), and their curves above."""
    lower, upper = _ranks(found, best, ranked, named), _curves(found, best, named)
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
        f"{epochs} ({number(100 * share.point, 1)} %)"
        for epochs, share in zip(found.epochs, found.swapped, strict=True)
    ]
    values = np.column_stack([found.scores, found.truth])
    lines = [
        Line(name, [*stages, "truth"], ranked[row].tolist(), stroke, text=[f"{value:.4g}" for value in values[row]],
             mode="lines+markers")
        for row, (name, stroke) in zip(best, named.items(), strict=True)
    ]  # fmt: skip
    hover = hover_lines(lines, Scale("epochs (pairs swapped)"), Scale("rank", log=True, backwards=True))
    for trace in hover["data"]:
        trace["hovertemplate"] = "rank %{y:.4~g}: %{text}<extra>%{fullData.name}</extra>"
    return hover


def _curves(found: Crossing, best: Sequence[int], named: Mapping[str, Stroke]) -> Hover:
    lines = [
        Line(name, found.epochs, found.scores[row].tolist(), stroke)
        for row, (name, stroke) in zip(best, named.items(), strict=True)
    ]
    return hover_lines(lines, Scale("epochs"), Scale(found.metric))
