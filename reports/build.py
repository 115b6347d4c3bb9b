"""From a results folder to its report: summaries, tables, figures and the page, written whole or not at all."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from harness.errors import BadValue
from harness.results import Results, load
from reports.figures.style import strokes
from reports.folder import staged
from reports.page.claim_sentences import claim_sentences
from reports.page.page import Claims, Section, render
from reports.sections import Drawing, proxy_section, search_section
from reports.summary.claims import judged
from reports.summary.ledger import LedgerRow, proxy_ledger, search_ledger
from reports.summary.proxy import ProxySummary, summarize_proxies
from reports.summary.runs import runs_of
from reports.summary.search import BASELINE, summarize_search
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
    """A finished part of the report: its place on the page, its lines in the ledger, and what claims are judged by."""

    section: Section
    ledger: list[LedgerRow]
    proxies: ProxySummary | None = None


def report(folder: Path, out: Path | None = None, progress: Progress = lambda *_: None) -> Path:
    """Write the report of a results folder into `out` (by default its subfolder `report`); returns the page.

    An earlier report there is replaced. Raises `BadValue` for a folder without finished results, and for an `out`
    that holds other files.
    """
    return build_report(load(folder), out or folder / "report", progress)


def build_report(results: Results, out: Path, progress: Progress = lambda *_: None) -> Path:
    """Write the report of results in memory into `out`; returns the page."""
    described = results.manifest["studies"]
    if not described:
        raise BadValue(f"{results.folder} holds no study: there is nothing to report")
    with staged(out) as stage:
        drawing = Drawing(stage / "figures", _strokes(described))
        drawing.folder.mkdir()
        studies = []
        for i, study in enumerate(described):
            progress(i, len(described), f"{study['kind']} on {study['benchmark']}")
            studies.append(_study(study, results, drawing))
        ledger = ledger_table([row for study in studies for row in study.ledger])
        sections, claims = [study.section for study in studies], _claims(results, studies)
        tables = [table for section in sections for table in (section.table, *section.details)]
        _write_tables([*tables, *([claims.table] if claims else []), ledger], stage / "tables")
        page = render(results.manifest, sections, claims, ledger)
        (stage / "index.html").write_text(page, encoding="utf-8", newline="\n")
        progress(len(described), len(described), "")
    return out / "index.html"


def _study(study: dict[str, Any], results: Results, drawing: Drawing) -> Study:
    if study["kind"] == "search":
        searches = summarize_search(runs_of(study, results.searches))
        return Study(search_section(searches, drawing), search_ledger(searches, results.measured))
    proxies = summarize_proxies(study, results.scores, results.truth, results.measured)
    return Study(proxy_section(proxies, drawing), proxy_ledger(proxies, results.measured), proxies)


def _claims(results: Results, studies: list[Study]) -> Claims | None:
    """What became of the experiment's claims; None where it makes none that a study can judge."""
    summaries = [study.proxies for study in studies if study.proxies is not None]
    rows = judged(results.manifest["experiment"].get("claim", ()), summaries)
    return Claims(claim_sentences(rows), claims_table(rows)) if rows else None


def _strokes(studies: list[dict[str, Any]]) -> dict[str, Any]:
    labels = [label for study in studies for label in study.get("algorithms", ())]
    return strokes(list(dict.fromkeys(labels)), BASELINE)


def _write_tables(tables: list[Table], folder: Path) -> None:
    folder.mkdir()
    for table in tables:
        for suffix, text in _forms(table):
            (folder / f"{table.name}.{suffix}").write_text(text, encoding="utf-8", newline="\n")


def _forms(table: Table) -> Iterator[tuple[str, str]]:
    for suffix, form in FORMS.items():
        yield suffix, form(table)
