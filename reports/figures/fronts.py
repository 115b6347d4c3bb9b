"""What searches of two objectives find of the front."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from reports.figures.hover import Hover, Line, Scale, hover_lines
from reports.figures.labels import wrapped
from reports.figures.pen import Pen
from reports.figures.style import MUTED, RULE, Stroke, canvas, log_ticks
from reports.plot import Plot
from reports.summary.fronts import Fronts, Objective

Array = NDArray[np.float64]

PLAIN = FuncFormatter(lambda value, _: f"{value:,.10g}")
DECADES = 2.0
"""A cost that spans more has a log axis."""
FEW, AT_LEAST = 0.05, 4
"""The share of a front's points, the worst in the first objective, that may lie outside where they stretch the axis; of
so many or more one may."""
MARGIN = 0.05
NAME = 24
"""Characters of a name in a line of the legend."""
EXACT = Stroke(MUTED, "-", "o")


class View(NamedTuple):
    """The part of the plane that is shown; x is the second objective, y the first."""

    x: tuple[float, float]
    y: tuple[float, float]
    log_x: bool
    log_y: bool
    outside: int
    """Points of the target front that are not shown."""


def fronts(found: Fronts, pen: Pen) -> Plot | None:
    """The target front and that of each algorithm's median run; None unless there are two objectives."""
    if len(found.objectives) != 2:
        return None
    view = view_of(found)
    steps = {label: staircase(values, found, view) for label, values in _named(found).items() if len(values)}
    return Plot(f"fronts_{found.study['study']}", _caption(found, view), _draw(found, view, steps, pen), _data(found),
                _hover(found, view, steps, pen))  # fmt: skip


def axis_title(objective: Objective) -> str:
    """The name, its unit, and which way is better."""
    unit = f"{objective.unit}, " if objective.unit else ""
    return f"{objective.name} ({unit}{'higher' if objective.maximize else 'lower'} is better)"


def target_name(found: Fronts) -> str:
    """What the grey line is."""
    return "exact front" if found.exact else "best of all runs"


def view_of(found: Fronts) -> View:
    """Limits around all fronts but for the few points that would stretch the first objective's axis to twice and more.

    Of an accuracy that falls to chance only for the cheapest architecture, the axis shows what lies above.
    """
    first = found.objectives[0]
    parts = [values for values in _named(found).values() if len(values)]
    points = np.concatenate(parts)
    cut = min(_worst_kept(_goodness(values, first)) for values in parts)
    goodness = _goodness(points, first)
    if goodness.max() - cut > (goodness.max() - goodness.min()) / 2:
        cut = float(goodness.min())
    y, x = points[goodness >= cut].T
    log_y, log_x = (_is_log(one, v) for one, v in zip(found.objectives, (y, x), strict=True))
    outside = int((_goodness(found.front, first) < cut).sum())
    return View(_limits(x, log_x), _limits(y, log_y), log_x, log_y, outside)


def staircase(values: Array, found: Fronts, view: View) -> Array:
    """The corners of the line between what a front dominates and what it does not, shape (corners, 2), as x and y.

    It comes in from the edge where the first objective is worst and leaves where the second is.
    """
    first, second = (-1.0 if one.maximize else 1.0 for one in found.objectives)
    # No row dominates another, so that one loss falls as the other rises.
    x, y = np.sort(second * values[:, 1]), np.sort(first * values[:, 0])[::-1]
    edge_x, edge_y = max(second * end for end in view.x), max(first * end for end in view.y)
    corners_x = np.append(np.repeat(x, 2), max(edge_x, x[-1]))
    corners_y = np.insert(np.repeat(y, 2), 0, max(edge_y, y[0]))
    return np.stack([second * corners_x, first * corners_y], axis=1)


def _named(found: Fronts) -> dict[str, Array]:
    """Points by the name of what found them, the target front first."""
    return {target_name(found): found.front, **found.found}


def _goodness(values: Array, first: Objective) -> Array:
    return values[:, 0] if first.maximize else -values[:, 0]


def _worst_kept(goodness: Array) -> float:
    few = max(int(FEW * len(goodness)), int(len(goodness) >= AT_LEAST))
    return float(np.sort(goodness)[few])


def _is_log(objective: Objective, values: Array) -> bool:
    least, most = float(values.min()), float(values.max())
    return objective.split == "cost" and least > 0 and most > 10**DECADES * least


def _limits(values: Array, log: bool) -> tuple[float, float]:
    low, high = (np.log10(values) if log else values).min(), (np.log10(values) if log else values).max()
    margin = MARGIN * (high - low) or 0.5
    ends = (low - margin, high + margin)
    return (10 ** ends[0], 10 ** ends[1]) if log else ends


def _draw(found: Fronts, view: View, steps: dict[str, Array], pen: Pen) -> Figure:
    figure, axes = canvas(pen.style, 0.65)
    axes.set(xlim=view.x, ylim=view.y)
    for label, corners in steps.items():
        _draw_front(axes, label, corners, pen.strokes.get(label))
    for which, log in (("x", view.log_x), ("y", view.log_y)):
        if log:
            log_ticks(axes, which, PLAIN)
    y, x = found.objectives
    axes.set(xlabel=axis_title(x), ylabel=axis_title(y))
    axes.grid(color=RULE)
    axes.set_axisbelow(True)
    _name_lines(figure, len(steps))
    return figure


def _name_lines(figure: Figure, entries: int) -> None:
    """A legend above, as flat as the width lets it be; the figure grows by it."""
    height = figure.get_figheight()
    # Tall enough for any legend while it is measured: a layout without room for the axes is none.
    figure.set_figheight(height + 0.5 * entries)
    for columns in (4, 3, 2, 1):
        legend = figure.legend(loc="outside upper center", ncols=columns, handlelength=2.4, columnspacing=1.4)
        figure.draw_without_rendering()
        if columns == 1 or legend.get_window_extent().width <= figure.bbox.width:
            break
        legend.remove()
    figure.set_figheight(height + legend.get_window_extent().height / figure.dpi)


def _draw_front(axes: Axes, label: str, corners: Array, stroke: Stroke | None) -> None:
    """A broad line in grey for the target, a line with markers for an algorithm."""
    points = corners[1:-1:2]
    if stroke is None:
        axes.plot(*corners.T, color=MUTED, linewidth=3, alpha=0.45, solid_joinstyle="miter", label=label, zorder=2)
        return
    axes.plot(*corners.T, color=stroke.color, linestyle=stroke.dashes, linewidth=1, zorder=3)
    axes.plot(*points.T, color=stroke.color, marker=stroke.marker, markersize=3.2, linestyle="none", zorder=4)
    axes.plot([], [], color=stroke.color, linestyle=stroke.dashes, linewidth=1, marker=stroke.marker, markersize=3.2,
              label=wrapped(label, NAME))  # fmt: skip


def _caption(found: Fronts, view: View) -> str:
    target = "the exact front of the table" if found.exact else "the front of all that the runs evaluated"
    verb = "lies" if view.outside == 1 else "lie"
    hidden = f" {view.outside} of its {len(found.front)} points {verb} outside the axes." if view.outside else ""
    return (
        "For each algorithm, the run with the median hypervolume: the set it holds non-dominated by what it was told, "
        f"drawn at its true values; and {target} (grey). Each line bounds what its front dominates.{hidden}"
    )


def _data(found: Fronts) -> pd.DataFrame:
    names = [f"{one.name} ({one.unit})" if one.unit else one.name for one in found.objectives]
    parts = [pd.DataFrame(values, columns=names).assign(front=label) for label, values in _named(found).items()]
    return pd.concat(parts, ignore_index=True)[["front", *names]]


def _hover(found: Fronts, view: View, steps: dict[str, Array], pen: Pen) -> Hover:
    """The lines as they are drawn; only the points that a front is made of answer."""
    lines = [
        Line(label, corners[:, 0].tolist(), corners[:, 1].tolist(), pen.strokes.get(label, EXACT), mode="lines+markers")
        for label, corners in steps.items()
    ]
    y, x = found.objectives
    hover = hover_lines(lines, Scale(axis_title(x), log=view.log_x), Scale(axis_title(y), log=view.log_y))
    for label, trace in zip(steps, hover["data"], strict=True):
        corner = [i % 2 == 0 for i in range(len(trace["x"]))]
        target = label not in pen.strokes
        trace["hovertemplate"] = ["" if one else trace["hovertemplate"] for one in corner]
        trace["hoverinfo"] = ["skip" if one else "all" for one in corner]
        trace["marker"]["opacity"] = [0 if one else 1 for one in corner]
        if target:
            trace |= {"mode": "lines", "opacity": 0.45, "line": trace["line"] | {"width": 7}}
    for name, ends, log in (("xaxis", view.x, view.log_x), ("yaxis", view.y, view.log_y)):
        hover["layout"][name]["range"] = [float(np.log10(end)) if log else float(end) for end in ends]
    return hover
