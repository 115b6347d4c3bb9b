"""Do supernets collapse? The share of skip connections that they prefer, and that of the architectures they derive."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures.epochs import course_data, course_lines, draw_courses, ended_earlier, means_over, name_above
from reports.figures.hover import Scale, hover_lines
from reports.figures.hover_grid import hover_grid
from reports.figures.pen import Pen
from reports.figures.style import INK, MUTED, PAPER, blank, small
from reports.plot import Plot
from reports.summary.derived import SKIPS, derived_courses, skips_of
from reports.summary.history import Course, courses_of, supernets
from reports.summary.proxy import ProxySummary

EXPECTED = "skip_share"
TITLES = {EXPECTED: "expected while it trains", SKIPS: "in the derived architecture"}
STEP, REACH = 0.008, 0.04
"""By what share of the epochs curves that may be the same are set apart, and at most all of them together."""
HEIGHT = {1: 0.72, 2: 0.44}
"""Height by width with so many panels beside each other."""

Panels = dict[str, list[Course]]
"""What each panel shows, by measure."""


def skip_share(summary: ProxySummary, pen: Pen) -> Plot | None:
    """What the architecture parameters expect, and what would be chosen; None where neither was watched."""
    panels = {EXPECTED: courses_of(summary, EXPECTED), SKIPS: derived_courses(summary)}
    panels = {measure: courses for measure, courses in panels.items() if courses}
    if not panels:
        return None
    every = [course for courses in panels.values() for course in courses]
    data = pd.concat([course_data(measure, courses) for measure, courses in panels.items()], ignore_index=True)
    hovers = [
        hover_lines(course_lines(courses, pen), Scale("epochs"), Scale(TITLES[measure]))
        for measure, courses in panels.items()
    ]
    caption = f"Does it collapse? {_said(list(panels))}: {means_over(every)}.{ended_earlier(every)}"
    figure = draw_skip_share(summary, panels, pen)
    return Plot(f"skip_share_{summary.study['study']}", caption, figure, data, hover_grid(hovers, len(hovers)))


def draw_skip_share(summary: ProxySummary, panels: Panels, pen: Pen) -> Figure:
    """A panel for each of the two shares, on one axis; a line says what a random architecture has."""
    figure = blank(pen.style, HEIGHT[len(panels)], wide=len(panels) > 1)
    row = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (measure, courses) in zip(row, panels.items(), strict=True):
        draw_courses(axes, courses, pen, distance(courses) if measure == SKIPS else 0.0)
        axes.set_title(TITLES[measure], pad=5, color=INK)
        axes.set_ylim(-0.03, 1.03)
        _draw_random(axes, summary)
    row[0].set_ylabel("share of skip connections")
    row[0].set_xlim(0, 1.02 * max(course.epochs[-1] for courses in panels.values() for course in courses))
    shown = {course.label for courses in panels.values() for course in courses}
    name_above(figure, [label for label in supernets(summary) if label in shown], pen)
    return figure


def distance(courses: list[Course]) -> float:
    """Epochs between curves that may be the same: shares of a few decisions often are."""
    end = max(course.epochs[-1] for course in courses)
    return end * min(STEP, REACH / len(courses))


def _draw_random(axes: Axes, summary: ProxySummary) -> None:
    shares = skips_of(summary)
    if shares is None:
        return
    axes.axhline(float(shares.mean()), color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
    axes.annotate("random", (0.985, float(shares.mean())), (0, 1.5), ("axes fraction", "data"), "offset points",
                  ha="right", va="bottom", color=INK, fontsize=small() - 0.5,
                  bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6})  # fmt: skip


def _said(measures: list[str]) -> str:
    words = {
        EXPECTED: "the share of skip connections that are expected, by the probabilities of the choice",
        SKIPS: "the share of them in the architecture that would be chosen then, with curves set a little aside",
    }
    text = "; ".join(words[measure] for measure in measures)
    return text[0].upper() + text[1:]
