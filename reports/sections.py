"""A study's part of the report: its figures drawn and saved, its tables and its sentences."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from reports.figures.anytime import anytime
from reports.figures.cost import cost
from reports.figures.learning import learning
from reports.figures.pen import Pen
from reports.figures.save import save, to_svg
from reports.figures.scatter import scatter
from reports.figures.style import styled
from reports.page.page import Picture, Section
from reports.page.protocol import proxy_protocol, search_protocol
from reports.page.sentences import proxy_sentences, search_sentences
from reports.page.svg import inline
from reports.plot import Plot
from reports.summary.bias import bias_of
from reports.summary.bins import bins_of
from reports.summary.learning import learning_curves
from reports.summary.pairs import pairs_of
from reports.summary.proxy import ProxySummary
from reports.summary.search import SearchSummary
from reports.tables.bias_table import bias_table
from reports.tables.bins_table import bins_table
from reports.tables.pairs_table import pairs_table
from reports.tables.proxy_table import proxy_table
from reports.tables.search_table import search_table
from reports.tables.table import Table
from reports.tables.training_sizes_table import training_sizes_table

Draw = Callable[[Pen], Plot | None]


class Drawing(NamedTuple):
    """Where figures go, None for nowhere: then none is drawn; and what they are drawn with."""

    folder: Path | None
    pen: Pen


def picture(drawing: Drawing, draw: Draw, salt: str) -> Picture | None:
    """A figure drawn, saved and made fit for the page; None where there is nothing to draw, or nowhere to save it."""
    if drawing.folder is None:
        return None
    with styled(salt, drawing.pen.style):
        plot = draw(drawing.pen)
        if plot is None:
            return None
        whole = save(plot, drawing.folder)
        parts = [(plot.caption, whole)] if not plot.panels else [(label, to_svg(one)) for label, one in plot.panels]
    many = len(parts) > 1
    svgs = (inline(svg, f"{plot.name}_{i}" if many else plot.name, label) for i, (label, svg) in enumerate(parts))
    return Picture(plot.name, plot.caption, tuple(svgs), small=bool(plot.panels), hover=plot.hover)


def search_section(summary: SearchSummary, drawing: Drawing) -> Section:
    """The anytime figure, the ranking and the protocol of a search study."""
    study = summary.runs.study
    content = (
        picture(drawing, partial(anytime, summary.runs), f"anytime_{study['study']}"),
        search_table(summary),
    )
    return Section(
        title=f"Search on {study['benchmark']}",
        sentences=search_sentences(summary),
        content=_known(content),
        protocol=search_protocol(summary),
        provenance=study.get("provenance", {}),
    )


def proxy_section(summary: ProxySummary, drawing: Drawing) -> Section:
    """The figures, the tables and the protocol of a proxy study."""
    study, number, curves = summary.study, summary.study["study"], learning_curves(summary)
    pairs, bins, bias = pairs_of(summary), bins_of(summary), bias_of(summary)
    content = (
        picture(drawing, partial(cost, summary), f"cost_{number}"),
        proxy_table(summary),
        picture(drawing, partial(learning, summary, curves), f"learning_{number}"),
        picture(drawing, partial(scatter, summary), f"scatter_{number}"),
        training_sizes_table(summary, curves) if curves else None,
        pairs_table(summary, pairs) if pairs else None,
        bins_table(summary, bins) if bins else None,
        bias_table(summary, bias) if bias else None,
    )
    return Section(
        title=f"Proxies on {study['benchmark']}",
        sentences=proxy_sentences(summary, pairs),
        content=_known(content),
        protocol=proxy_protocol(summary, bias is not None),
        provenance=study.get("provenance", {}),
    )


def _known(content: tuple[Picture | Table | None, ...]) -> tuple[Picture | Table, ...]:
    return tuple(one for one in content if one is not None)
