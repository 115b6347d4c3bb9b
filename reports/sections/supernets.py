"""The supernets of a proxy study on the page: what was watched of them while they trained."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from reports.figures.rank_over_epochs import rank_over_epochs
from reports.figures.skip_share import skip_share
from reports.figures.watched import watched
from reports.page.page import Picture
from reports.page.supernet_sentences import supernet_sentences
from reports.sections.picture import Content, Drawing, known, picture
from reports.summary.ablation import ablation_of
from reports.summary.derived import Chosen, chosen_of
from reports.summary.history import Course, supernets
from reports.summary.proxy import ProxySummary
from reports.summary.ranking import Disorder, disorders, rank_courses
from reports.tables.ablation_table import ablation_table
from reports.tables.derived_table import derived_table
from reports.tables.disorder_table import disorder_table
from reports.tables.table import Table


class Supernets(NamedTuple):
    """What a section says and shows of supernets; both empty where a study has none."""

    sentences: list[str]
    content: Content


def supernets_of(summary: ProxySummary, drawing: Drawing) -> Supernets:
    """The sentences, figures and tables."""
    if not supernets(summary):
        return Supernets([], ())
    ranks, chosen = rank_courses(summary), chosen_of(summary)
    disorder = disorders(summary, ranks)
    shown = [*_ranking(summary, ranks, disorder, drawing), *_collapse(summary, chosen, drawing)]
    return Supernets(supernet_sentences(summary, ranks, chosen, disorder), known(shown))


def _ranking(
    summary: ProxySummary, ranks: list[Course], disorder: list[Disorder], drawing: Drawing
) -> Iterator[Picture | Table | None]:
    """What options do, whether training helps, whether seeds agree."""
    number, variants = summary.study["study"], ablation_of(summary)
    yield ablation_table(summary, variants) if variants else None
    yield picture(drawing, partial(rank_over_epochs, summary, ranks), f"rank_over_epochs_{number}")
    yield disorder_table(summary, disorder) if disorder else None


def _collapse(summary: ProxySummary, chosen: list[Chosen], drawing: Drawing) -> Iterator[Picture | Table | None]:
    """What is preferred and chosen, and all else that was watched."""
    number = summary.study["study"]
    yield picture(drawing, partial(skip_share, summary), f"skip_share_{number}")
    yield derived_table(summary, chosen) if chosen else None
    yield picture(drawing, partial(watched, summary), f"watched_{number}")
