"""Curves over the epochs of training, one per supernet: what several figures draw."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from reports.figures.hover import Line
from reports.figures.labels import wrapped
from reports.figures.pen import Pen
from reports.figures.style import PAPER, Stroke, small
from reports.summary.history import Course

MARKED = 15
"""Up to so many epochs each one has a marker."""
MANY = 5
"""With more curves than this their bands are fainter."""
LETTER, HANDLE = 0.56, 3.6
"""By the height of letters: the width of one, and that of a line in a legend with the gaps around it."""


def draw_courses(axes: Axes, courses: Sequence[Course], pen: Pen, apart: float = 0.0) -> None:
    """Means with bands; where a training ended before others, its last value is carried on as a thin dotted line.

    Curves stand so many epochs `apart`, that equal ones are seen.
    """
    end = max((course.epochs[-1] for course in courses), default=1)
    for i, course in enumerate(courses):
        color, dashes, marker = pen.strokes[course.label]
        points = np.array(course.values)
        epochs = np.array(course.epochs) + apart * (i - (len(courses) - 1) / 2)
        axes.fill_between(epochs, points[:, 1], points[:, 2], color=color, linewidth=0,
                          alpha=0.15 if len(courses) <= MANY else 0.06)  # fmt: skip
        axes.plot(epochs, points[:, 0], color=color, linestyle=dashes, linewidth=1.3,
                  marker=marker if len(course.epochs) <= MARKED else "", markersize=4, markeredgecolor=PAPER,
                  markeredgewidth=0.5)  # fmt: skip
        if course.epochs[-1] < end:
            axes.plot([epochs[-1], end], [points[-1, 0]] * 2, color=color, linewidth=0.6, linestyle=(0, (1, 3)))
    axes.set_xlim(0, 1.02 * end)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set_xlabel("epochs")
    axes.grid(axis="y")
    axes.set_axisbelow(True)


def ended_earlier(courses: Sequence[Course]) -> str:
    """What a caption says of the dotted lines, where there are any."""
    early = len({course.epochs[-1] for course in courses}) > 1
    return " Dotted: where a training that was shorter had ended." if early else ""


def means_over(courses: Sequence[Course]) -> str:
    """What a caption says the curves are: with one seed they are no means, and there are no bands."""
    seeds = max(count for course in courses for count in course.seeds)
    return "means over seeds with 95 % bands (Student's t)" if seeds > 1 else "of one seed"


def limits(courses: Sequence[Course]) -> tuple[float, float]:
    """Ends of an axis that holds all means, and of the bands as much as leaves the means room."""
    points = [value.point for course in courses for value in course.values]
    ends = [end for course in courses for value in course.values for end in value[1:] if np.isfinite(end)]
    low, high = min(points), max(points)
    room = (high - low) / 2 or abs(high) / 10 or 0.1
    bottom, top = max(min([low, *ends]), low - room), min(max([high, *ends]), high + room)
    margin = 0.04 * (top - bottom) or room
    return bottom - margin, top + margin


def name_above(figure: Figure, labels: Iterable[str], pen: Pen) -> None:
    """The labels with their strokes above the figure, in as many columns as there is room for."""
    names = {label: " ".join(wrapped(label, 60).split("\n")) for label in labels}
    widest = (max(map(len, names.values())) * LETTER + HANDLE) * small()
    columns = max(1, min(len(names), int(72 * figure.get_figwidth() / widest)))
    handles = [_handle(pen.strokes[label], name) for label, name in names.items()]
    figure.legend(handles=handles, loc="outside upper center", ncols=columns, handlelength=2.2, columnspacing=1.2)


def course_lines(courses: Sequence[Course], pen: Pen) -> list[Line]:
    """The curves for a mouse."""
    return [
        Line(course.label, course.epochs, [value.point for value in course.values], pen.strokes[course.label],
             [value.low for value in course.values], [value.high for value in course.values],
             mode="lines+markers" if len(course.epochs) <= MARKED else "lines")
        for course in courses
    ]  # fmt: skip


def course_data(measure: str, courses: Sequence[Course]) -> pd.DataFrame:
    """A row for each supernet and epoch."""
    rows = [
        {"supernet": course.label, "measure": measure, "epoch": epoch, "value": value.point, "low": value.low,
         "high": value.high, "seeds": seeds}
        for course in courses
        for epoch, value, seeds in zip(course.epochs, course.values, course.seeds, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _handle(stroke: Stroke, name: str) -> Line2D:
    return Line2D([], [], color=stroke.color, linestyle=stroke.dashes, linewidth=1.3, marker=stroke.marker,
                  markersize=4, markeredgecolor=PAPER, markeredgewidth=0.5, label=name)  # fmt: skip
