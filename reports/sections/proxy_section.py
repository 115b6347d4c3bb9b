"""One proxy study on the page."""

from collections.abc import Iterator
from functools import partial

from reports.figures.agreement import agreement
from reports.figures.bias import bias
from reports.figures.bins import bins
from reports.figures.cell import best_cell
from reports.figures.cost import cost
from reports.figures.crossing import crossing
from reports.figures.hardware import hardware
from reports.figures.learning import learning
from reports.figures.scatter import scatter
from reports.page.explorer import explorer_of
from reports.page.page import Picture, Section
from reports.page.protocol import proxy_protocol
from reports.page.proxy_sentences import proxy_sentences
from reports.sections.picture import Drawing, known, picture
from reports.sections.supernets import supernets_of
from reports.summary.agreement import agreement_of
from reports.summary.bias import Bias, bias_of
from reports.summary.bins import bins_of
from reports.summary.crossing import crossing_of
from reports.summary.learning import learning_curves
from reports.summary.pairs import PairRow, pairs_of
from reports.summary.proxy import ProxySummary
from reports.tables.agreement_table import agreement_table
from reports.tables.bias_table import bias_table
from reports.tables.bins_table import bins_table
from reports.tables.pairs_table import pairs_table
from reports.tables.proxy_table import proxy_table
from reports.tables.table import Table
from reports.tables.training_sizes_table import training_sizes_table


def proxy_section(summary: ProxySummary, drawing: Drawing) -> Section:
    """The figures, the tables and the protocol of a study."""
    study, pairs, biased = summary.study, pairs_of(summary), bias_of(summary)
    supernets = supernets_of(summary, drawing)
    content = [*_trust(summary, pairs, drawing), *supernets.content, *_whereabouts(summary, biased, drawing)]
    return Section(
        title=f"Proxies on {study['benchmark']}",
        sentences=[*proxy_sentences(summary, pairs), *supernets.sentences, *study.get("apart", ())],
        content=known(content),
        protocol=proxy_protocol(summary, biased is not None),
        explorer=explorer_of(summary) if drawing.folder is not None else None,
    )


def _trust(summary: ProxySummary, pairs: list[PairRow], drawing: Drawing) -> Iterator[Picture | Table | None]:
    """How far each proxy can be trusted, for what it costs."""
    number, curves = summary.study["study"], learning_curves(summary)
    yield picture(drawing, partial(cost, summary), f"cost_{number}")
    yield proxy_table(summary)
    yield picture(drawing, partial(scatter, summary), f"scatter_{number}")
    yield picture(drawing, partial(hardware, summary), f"hardware_{number}")
    yield pairs_table(summary, pairs) if pairs else None
    yield picture(drawing, partial(learning, summary, curves), f"learning_{number}")
    yield training_sizes_table(summary, curves) if curves else None


def _whereabouts(summary: ProxySummary, biased: Bias | None, drawing: Drawing) -> Iterator[Picture | Table | None]:
    """Where proxies agree, and where they are wrong."""
    number, agreed, binned = summary.study["study"], agreement_of(summary), bins_of(summary)
    yield picture(drawing, partial(agreement, summary, agreed), f"agreement_{number}")
    yield agreement_table(summary, agreed) if agreed else None
    yield picture(drawing, partial(bins, summary, binned), f"bins_{number}")
    yield bins_table(summary, binned) if binned else None
    yield picture(drawing, partial(bias, summary, biased), f"bias_{number}")
    yield bias_table(summary, biased) if biased else None
    yield picture(drawing, partial(crossing, summary, crossing_of(summary)), f"crossing_{number}")
    yield picture(drawing, partial(best_cell, summary), f"cell_{number}")
