"""A study's part of the report: its figures drawn and saved, its table and its sentences."""

from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure

from reports.figures.anytime import curves_of, draw_anytime
from reports.figures.cost import draw_cost
from reports.figures.save import save, to_svg
from reports.figures.scatter import draw_scatter, panels
from reports.figures.style import Stroke, styled
from reports.page.page import Picture, Section
from reports.page.protocol import proxy_protocol, search_protocol
from reports.page.sentences import proxy_sentences, search_sentences
from reports.page.svg import inline
from reports.summary.proxy import ProxySummary
from reports.summary.search import SearchSummary
from reports.tables.proxy_table import proxy_table
from reports.tables.search_table import search_table
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
    """The figure of correlation against cost, the scatter panels, the table and the protocol of a proxy study."""
    study = summary.study
    pictures = []
    with styled(f"cost_{study['study']}"):
        figure = draw_cost(summary)
        if figure is not None:
            caption = (
                "What a second of proxy buys: Kendall τ-b with 95 % intervals against the seconds that an architecture "
                "costs. Simulated training seconds and measured seconds come from different clocks."
            )
            pictures.append(_picture(figure, drawing, f"cost_{study['study']}", caption))
    if summary.rows:
        pictures.append(_scatter(summary, drawing))
    return Section(
        title=f"Proxies on {study['benchmark']}",
        sentences=proxy_sentences(summary),
        pictures=pictures,
        table=proxy_table(summary),
        protocol=proxy_protocol(summary),
        provenance=study.get("provenance", {}),
    )


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
    caption = (
        "Rank by score (up) against rank by truth (across), 1 = best, for the architectures of the first seed; "
        "the square is the top k."
    )
    return Picture(name, caption, tuple(svgs), small=True)


def _anytime_caption(summary: SearchSummary) -> str:
    runs = summary.runs
    caption = f"Mean {measure_name(runs)} of the incumbent over {clock_name(runs.study)}, with 95 % bootstrap bands."
    if runs.measure == "regret" and (runs.frame["regret"] == 0).any():
        caption += " A curve that leaves a log axis below has reached regret 0 in every run."
    return caption
