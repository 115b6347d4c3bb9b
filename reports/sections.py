"""A study's part of the report: its figures drawn and saved, its table and its sentences."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from reports.figures.anytime import curves_of, draw_anytime
from reports.figures.cost import draw_cost
from reports.figures.learning import draw_learning
from reports.figures.save import save, to_svg
from reports.figures.scatter import draw_scatter, panels
from reports.figures.style import Stroke, styled
from reports.page.page import Picture, Section
from reports.page.protocol import proxy_protocol, search_protocol
from reports.page.sentences import proxy_sentences, search_sentences
from reports.page.svg import inline
from reports.summary.bias import bias_of
from reports.summary.bins import bins_of
from reports.summary.learning import LearningCurve, featured, learning_curves
from reports.summary.pairs import pairs_of
from reports.summary.proxy import ProxySummary
from reports.summary.search import SearchSummary
from reports.tables.bias_table import bias_table
from reports.tables.bins_table import bins_table
from reports.tables.pairs_table import pairs_table
from reports.tables.proxy_table import proxy_table
from reports.tables.search_table import search_table
from reports.tables.training_sizes_table import training_sizes_table
from reports.words import clock_name, measure_name


class Drawing(NamedTuple):
    """Where figures go, and how each algorithm is drawn."""

    folder: Path
    strokes: dict[str, Stroke]


def search_section(summary: SearchSummary, drawing: Drawing) -> Section:
    """The anytime figure, the ranking and the protocol of a search study."""
    study = summary.runs.study
    curves, name = curves_of(summary.runs), f"anytime_{study['study']}"
    pictures = []
    if curves is not None:
        with styled(name):
            figure = draw_anytime(summary.runs, curves, drawing.strokes)
            pictures.append(_picture(figure, drawing, name, _anytime_caption(summary)))
    return Section(
        title=f"Search on {study['benchmark']}",
        sentences=search_sentences(summary),
        pictures=pictures,
        table=search_table(summary),
        protocol=search_protocol(summary),
        provenance=study.get("provenance", {}),
    )


def proxy_section(summary: ProxySummary, drawing: Drawing) -> Section:
    """The figures, the tables and the protocol of a proxy study."""
    study, curves = summary.study, learning_curves(summary)
    pairs, bins, bias = pairs_of(summary), bins_of(summary), bias_of(summary)
    details = (
        training_sizes_table(summary, curves) if curves else None,
        pairs_table(summary, pairs) if pairs else None,
        bins_table(summary, bins) if bins else None,
        bias_table(summary, bias) if bias else None,
    )
    return Section(
        title=f"Proxies on {study['benchmark']}",
        sentences=proxy_sentences(summary, pairs),
        pictures=list(_proxy_pictures(summary, curves, drawing)),
        table=proxy_table(summary),
        protocol=proxy_protocol(summary, bias is not None),
        provenance=study.get("provenance", {}),
        details=tuple(table for table in details if table is not None),
    )


def _proxy_pictures(summary: ProxySummary, curves: list[LearningCurve], drawing: Drawing) -> Iterator[Picture]:
    """Correlation against cost, against the size of the training set, and the scatter panels."""
    number = summary.study["study"]
    with styled(f"cost_{number}"):
        figure = draw_cost(summary)
        if figure is not None:
            caption = (
                "What a second of proxy buys: Kendall τ-b with 95 % intervals against the seconds that an architecture "
                "costs. Simulated training seconds and measured seconds come from different clocks."
            )
            unknown = [row.proxy for row in featured(summary) if np.isnan(row.simulated)]
            if unknown:
                caption += f" Left out, for what they cost is not known: {', '.join(unknown)}."
            yield _picture(figure, drawing, f"cost_{number}", caption)
    if curves:
        with styled(f"learning_{number}"):
            caption = (
                "Learning curves: Kendall τ-b with 95 % bands against the number of architectures of known quality "
                "that a predictor has learned from."
            )
            yield _picture(draw_learning(summary, curves), drawing, f"learning_{number}", caption)
    if summary.rows:
        yield _scatter(summary, drawing)


def _picture(figure: Figure, drawing: Drawing, name: str, caption: str) -> Picture:
    save(figure, drawing.folder, name)
    return Picture(name, caption, (inline(to_svg(figure), name, caption),))


def _scatter(summary: ProxySummary, drawing: Drawing) -> Picture:
    name = f"scatter_{summary.study['study']}"
    with styled(name):
        save(draw_scatter(summary), drawing.folder, name)
        svgs = [
            inline(to_svg(figure), f"{name}_{i}", f"rank by {proxy} against rank by truth")
            for i, (proxy, figure) in enumerate(panels(summary))
        ]
    left_out = len(featured(summary)) - len(svgs)
    caption = (
        "Rank by score (up) against rank by truth (across), 1 = best, for the architectures of the first seed; "
        f"the square is the top k.{f' The {len(svgs)} best proxies; {left_out} are not shown.' if left_out else ''}"
    )
    return Picture(name, caption, tuple(svgs), small=True)


def _anytime_caption(summary: SearchSummary) -> str:
    runs = summary.runs
    caption = f"Mean {measure_name(runs)} of the incumbent over {clock_name(runs.study)}, with 95 % bootstrap bands."
    if runs.measure == "regret" and (runs.frame["regret"] == 0).any():
        caption += " A curve that leaves a log axis below has reached regret 0 in every run."
    return caption
