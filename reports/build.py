"""From results folders to their report: summaries, tables, figures and the page, written whole or not at all."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from harness.errors import BadValue, unknown
from harness.results import Results, load
from reports.figures.pen import Pen
from reports.figures.style import STYLES, WEB, Stroke, Style, strokes
from reports.folder import staged
from reports.page.claim_sentences import claim_sentences
from reports.page.page import Claims, Document, Section, render
from reports.parts import Part, parts_of
from reports.sections import Drawing, proxy_section, search_section
from reports.summary.claims import judged
from reports.summary.learning import learning_curves
from reports.summary.ledger import LedgerRow, proxy_ledger, search_ledger
from reports.summary.proxy import ProxySummary, summarize_proxies
from reports.summary.runs import runs_of
from reports.summary.search import BASELINE, SearchSummary, summarize_search
from reports.tables.as_csv import as_csv
from reports.tables.as_latex import as_latex
from reports.tables.as_markdown import as_markdown
from reports.tables.claims_table import claims_table
from reports.tables.ledger_table import ledger_table
from reports.tables.table import Table

Progress = Callable[[int, int, str], None]
"""Told the steps done, the steps in all, and what the last one was."""

FORMS = {"tex": as_latex, "md": as_markdown, "csv": as_csv}


class Study(NamedTuple):
    """A study's part of the report and its data, summed up."""

    part: Part
    summary: SearchSummary | ProxySummary


def report(
    folders: Sequence[Path],
    out: Path | None = None,
    *,
    style: str = "web",
    only: Literal["tables"] | None = None,
    progress: Progress = lambda *_: None,
) -> Path:
    """Write one report of results folders into `out`, by default the subfolder `report` of a single one.

    Returns the page, or with `only` the folder. An earlier report there is replaced. Raises `BadValue` for a folder
    without finished results, a style that is not known, and an `out` that holds other files.
    """
    if style not in STYLES:
        raise unknown("style", style, STYLES)
    where = out or (folders[0] / "report" if len(folders) == 1 else Path("report"))
    return build_report([load(folder) for folder in folders], where, STYLES[style], only, progress)


def build_report(
    results: Sequence[Results],
    out: Path,
    style: Style = WEB,
    only: Literal["tables"] | None = None,
    progress: Progress = lambda *_: None,
) -> Path:
    """Write the report of results in memory into `out`; returns the page, or with `only` the folder."""
    parts = parts_of(results)
    if not parts:
        raise BadValue(f"{', '.join(str(one.folder) for one in results)}: no study, so there is nothing to report")
    with staged(out) as stage:
        studies = []
        for i, part in enumerate(parts):
            progress(i, 2 * len(parts), f"{part.study['kind']} on {part.study['benchmark']}")
            studies.append(Study(part, _summary(part)))
        drawing = Drawing(None if only else stage / "figures", Pen(style, _strokes(studies)))
        if drawing.folder is not None:
            drawing.folder.mkdir()
        sections = []
        for i, study in enumerate(studies, start=len(parts)):
            progress(i, 2 * len(parts), f"{study.part.study['kind']} on {study.part.study['benchmark']}")
            sections.append(_section(study, drawing))
        ledger = ledger_table([row for study in studies for row in _ledger(study)])
        claims = _claims(results, studies)
        tables = [table for section in sections for table in section.tables]
        _write_tables([*tables, *([claims.table] if claims else []), ledger], stage / "tables")
        progress(2 * len(parts), 2 * len(parts), "")
        if only:
            return out
        title = ", ".join(one.manifest["name"] for one in results)
        page = render(Document(title, [one.manifest for one in results], sections, claims, ledger))
        (stage / "index.html").write_text(page, encoding="utf-8", newline="\n")
    return out / "index.html"


def _summary(part: Part) -> SearchSummary | ProxySummary:
    if part.study["kind"] == "search":
        return summarize_search(runs_of(part.study, part.records))
    return summarize_proxies(part.study, part.scores, part.truth, part.measured)


def _section(study: Study, drawing: Drawing) -> Section:
    if isinstance(study.summary, SearchSummary):
        return search_section(study.summary, drawing)
    return proxy_section(study.summary, drawing)


def _ledger(study: Study) -> list[LedgerRow]:
    if isinstance(study.summary, SearchSummary):
        return search_ledger(study.summary, study.part.measured)
    return proxy_ledger(study.summary, study.part.measured)


def _claims(results: Sequence[Results], studies: list[Study]) -> Claims | None:
    """What became of the experiments' claims; None where they make none that a study can judge."""
    claims = [claim for one in results for claim in one.manifest["experiment"].get("claim", ())]
    rows = judged(claims, [study.summary for study in studies if isinstance(study.summary, ProxySummary)])
    return Claims(claim_sentences(rows), claims_table(rows)) if rows else None


def _strokes(studies: list[Study]) -> dict[str, Stroke]:
    labels: list[str] = []
    for study in studies:
        if isinstance(study.summary, SearchSummary):
            labels += study.summary.runs.labels
        else:
            labels += [row.proxy for row in study.summary.rows]
            labels += [curve.label for curve in learning_curves(study.summary)]
    return strokes(list(dict.fromkeys(labels)), BASELINE)


def _write_tables(tables: list[Table], folder: Path) -> None:
    folder.mkdir()
    for table in tables:
        for suffix, form in FORMS.items():
            (folder / f"{table.name}.{suffix}").write_text(form(table), encoding="utf-8", newline="\n")
