"""How well supernets rank while they train."""

import numpy as np
from matplotlib.figure import Figure

from reports.figures.ceiling import draw_ceiling
from reports.figures.ends import name_ends
from reports.figures.epochs import course_data, course_lines, draw_courses, ended_earlier
from reports.figures.hover import Scale, hover_lines
from reports.figures.labels import wrapped
from reports.figures.pen import Pen
from reports.figures.style import MUTED, Style, canvas, small
from reports.plot import Plot
from reports.summary.history import Course
from reports.summary.proxy import ProxySummary

LEAST, AXIS, ENDS = 0.69, 40, 14
"""Height by width; points that an axis with its title takes; letters in a line of a name at an end."""


def rank_over_epochs(summary: ProxySummary, courses: list[Course], pen: Pen) -> Plot | None:
    """Tau-b of inherited scores and truth after each epoch that was looked at; None where none was."""
    if not courses:
        return None
    metric = summary.study["truth"]["metric"]
    caption = (
        f"Does training the supernet longer help? Kendall τ-b between inherited scores and {metric}, of architectures "
        "that are watched all the way and are the same for every seed: means over seeds with 95 % bands, which hold "
        f"both the spread over seeds and the bootstrap over architectures.{ended_earlier(courses)}"
    )
    data = course_data("kendall_tau_b", courses).drop(columns="measure").rename(columns={"value": "kendall_tau_b"})
    hover = hover_lines(course_lines(courses, pen), Scale("epochs"), Scale("Kendall τ-b"))
    name = f"rank_over_epochs_{summary.study['study']}"
    return Plot(name, caption, draw_rank_over_epochs(summary, courses, pen), data, hover)


def draw_rank_over_epochs(summary: ProxySummary, courses: list[Course], pen: Pen) -> Figure:
    """One line per supernet, and the noise ceiling."""
    figure, axes = canvas(pen.style, _share(courses, pen.style))
    draw_courses(axes, courses, pen)
    intervals = [value for course in courses for value in course.values]
    intervals += [summary.ceiling.kendall] if summary.ceiling else []
    ends = [end for interval in intervals for end in interval if np.isfinite(end)]
    low, high = min([0.0, *ends]), max([0.2, *ends])
    axes.set_ylim(low - 0.04 if low < 0 else 0.0, min(high + 0.08, 1.05))
    axes.set_ylabel(f"Kendall τ-b with {summary.study['truth']['metric']}")
    if low < 0:
        axes.axhline(0, color=MUTED, linewidth=0.7, zorder=0)
    if summary.ceiling is not None:
        draw_ceiling(axes, summary.ceiling)
    name_ends(figure, axes, {course.label: course.values[-1].point for course in courses}, pen.strokes)
    return figure


def _share(courses: list[Course], style: Style) -> float:
    """Height by width: more where the names at the ends need it."""
    lines = sum(1.15 + wrapped(course.label, ENDS).count("\n") for course in courses)
    return max(LEAST, (1.35 * small() * lines + AXIS) / (72 * style.column))
