"""Search algorithms compared, on one data set or on several."""

from functools import partial

from reports.figures.critical_difference import critical_difference
from reports.figures.ecdf import ecdf
from reports.figures.improvement import improvement
from reports.figures.ranks import ranks
from reports.page.group_sentences import group_sentences
from reports.page.page import Section
from reports.sections.picture import Drawing, known, picture
from reports.summary.group import Group
from reports.tables.algorithms_table import algorithms_table


def searches_section(group: Group, suffix: str, drawing: Drawing) -> Section:
    """Verdicts, the table of algorithms by data sets, and the figures; `suffix` ends the figures' names."""
    several = len(group.searches) > 1
    figures = {"ecdf": ecdf, "ranks": ranks, "improvement": improvement, "critical_difference": critical_difference}
    pictures = [picture(drawing, partial(draw, group, suffix), f"{name}{suffix}") for name, draw in figures.items()]
    table = algorithms_table(group.searches, drawing.wording.spread) if several else None
    return Section(
        title=f"Search on {len(group.searches)} data sets",
        sentences=group_sentences(group),
        content=known([table, *pictures]),
        protocol=[],
    )
