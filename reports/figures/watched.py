"""What else was watched of supernets while they trained: losses, entropies, eigenvalues, ..."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures.epochs import (
    course_data,
    course_lines,
    draw_courses,
    ended_earlier,
    limits,
    means_over,
    name_above,
)
from reports.figures.hover import Scale, hover_lines
from reports.figures.hover_grid import hover_grid
from reports.figures.labels import wrapped
from reports.figures.pen import Pen
from reports.figures.style import INK, PLAIN, blank, log_ticks
from reports.measures import measure_of
from reports.plot import Plot
from reports.summary.history import Course, courses_of, measures_of
from reports.summary.proxy import ProxySummary

ELSEWHERE = ("skip_share",)
"""Measures that have a figure of their own."""
COLUMNS, HEIGHT, ALONE = 2, 0.36, 0.72
"""Panels beside each other; the height of a row by the figure's width, and that of a single panel by its own."""
WIDE, SPREAD = 34, 30
"""Letters in a line of a panel's title; from this ratio of the largest to the least value on, the axis is a log one."""


def watched(summary: ProxySummary, pen: Pen) -> Plot | None:
    """A panel for each measure; None where nothing was watched."""
    measures = [measure for measure in measures_of(summary) if measure not in ELSEWHERE]
    panels = {measure: courses for measure in measures if (courses := courses_of(summary, measure))}
    if not panels:
        return None
    every = [course for courses in panels.values() for course in courses]
    data = pd.concat([course_data(measure, courses) for measure, courses in panels.items()], ignore_index=True)
    hovers = [
        hover_lines(course_lines(courses, pen), Scale("epochs"), Scale(measure_of(measure).title, log=is_log(courses)))
        for measure, courses in panels.items()
    ]
    caption = f"What was watched while supernets trained: {means_over(every)}.{ended_earlier(every)}"
    figure = draw_watched(panels, pen)
    hover = hover_grid(hovers, min(COLUMNS, len(hovers)))
    return Plot(f"watched_{summary.study['study']}", caption, figure, data, hover)


def draw_watched(panels: dict[str, list[Course]], pen: Pen) -> Figure:
    """Small panels in rows, each with its own axis."""
    rows, columns = -(-len(panels) // COLUMNS), min(COLUMNS, len(panels))
    figure = blank(pen.style, rows * HEIGHT + 0.06 if columns > 1 else ALONE, wide=columns > 1)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (measure, courses) in zip(grid, panels.items(), strict=False):
        _draw_panel(axes, measure, courses, pen)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    name_above(figure, dict.fromkeys(course.label for courses in panels.values() for course in courses), pen)
    return figure


def is_log(courses: list[Course]) -> bool:
    """Whether values are positive and so far apart that their axis is logarithmic."""
    points = [value.point for course in courses for value in course.values]
    return min(points) > 0 and max(points) > SPREAD * min(points)


def _draw_panel(axes: Axes, measure: str, courses: list[Course], pen: Pen) -> None:
    draw_courses(axes, courses, pen)
    if is_log(courses):
        points = [value.point for course in courses for value in course.values]
        axes.set_ylim(min(points) / 1.3, max(points) * 1.3)
        log_ticks(axes, "y", PLAIN)
    else:
        axes.set_ylim(*limits(courses))
    axes.set_title(wrapped(measure_of(measure).title, WIDE), pad=5, color=INK)
