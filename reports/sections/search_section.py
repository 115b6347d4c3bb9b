"""One search study on the page."""

from collections.abc import Iterator
from functools import partial

from reports.figures.anytime import anytime
from reports.figures.fronts import fronts
from reports.figures.hypervolume import hypervolume
from reports.page.front_sentences import front_sentences
from reports.page.page import Picture, Section
from reports.page.protocol import search_protocol
from reports.page.search_sentences import search_sentences
from reports.sections.picture import Content, Drawing, known, picture
from reports.summary.fronts import Fronts
from reports.summary.search import SearchSummary
from reports.tables.front_coverage_table import front_coverage_table
from reports.tables.search_table import search_table
from reports.tables.table import Table


def search_section(summary: SearchSummary, found: Fronts | None, alone: Section | None, drawing: Drawing) -> Section:
    """The anytime figure, the ranking, the fronts and the protocol of a study; `alone` compares its algorithms."""
    study = summary.runs.study
    compared: Content = alone.content if alone else ()
    content = [
        *(_front_content(found, drawing) if found else ()),
        picture(drawing, partial(anytime, summary.runs), f"anytime_{study['study']}"),
        search_table(summary, drawing.wording.spread),
        *compared,
    ]
    return Section(
        title=f"Search on {study['benchmark']}",
        sentences=[
            *(front_sentences(found) if found else ()),
            *search_sentences(summary),
            *(alone.sentences if alone else ()),
            *study.get("apart", ()),
        ],
        content=known(content),
        protocol=search_protocol(summary),
    )


def _front_content(found: Fronts, drawing: Drawing) -> Iterator[Picture | Table | None]:
    number = found.study["study"]
    yield picture(drawing, partial(fronts, found), f"fronts_{number}")
    yield picture(drawing, partial(hypervolume, found), f"hypervolume_{number}")
    yield front_coverage_table(found)
