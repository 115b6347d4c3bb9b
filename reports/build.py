"""From results folders to their report: summaries, tables, figures and the page, written whole or not at all."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from harness.errors import BadValue, unknown
from harness.results import Results, load
from reports.figures.pen import Pen
from reports.figures.style import STYLES, WEB, Stroke, Style, strokes
from reports.folder import check_distinct, staged
from reports.merge.member import version_notes
from reports.page.claim_sentences import claim_sentences
from reports.page.page import Claims, Document, Section, render
from reports.parts import parts_of
from reports.renamed import claims_of, renamed
from reports.sections.all_sections import all_sections
from reports.sections.picture import Drawing
from reports.study import Study, study_of
from reports.summary.claims import judged
from reports.summary.learning import featured, learning_curves
from reports.summary.proxy import ProxySummary
from reports.summary.search import SearchSummary, baseline_of
from reports.tables.as_csv import as_csv
from reports.tables.as_latex import as_latex
from reports.tables.as_markdown import as_markdown
from reports.tables.claims_table import claims_table
from reports.tables.ledger_table import ledger_table
from reports.tables.table import Table
from reports.wording import PLAIN, Wording, check_captions, ordered, read_wording

Progress = Callable[[int, int, str], None]
"""Told the steps done, the steps in all, and what the last one was."""

FORMS = {"tex": as_latex, "md": as_markdown, "csv": as_csv}


class Setup(NamedTuple):
    """How a report is made: for which venue, the tables alone or everything, and in whose words."""

    style: Style = WEB
    only: Literal["tables"] | None = None
    wording: Wording = PLAIN


DEFAULT = Setup()


def report(
    folders: Sequence[Path],
    out: Path | None = None,
    *,
    style: str = "web",
    only: Literal["tables"] | None = None,
    words: Path | None = None,
    progress: Progress = lambda *_: None,
) -> Path:
    """Write one report of results folders into `out`, by default the subfolder `report` of a single one.

    `words` is a file of the user's own names and captions. Returns the page, or with `only` the folder. An earlier
    report there is replaced. Raises `BadValue` for a folder without finished results or given twice, a style that is
    not known, words that fit nothing, and an `out` that holds other files.
    """
    if style.lower() not in STYLES:
        raise unknown("style", style.lower(), STYLES)
    setup = Setup(STYLES[style.lower()], only, PLAIN if words is None else read_wording(words))
    check_distinct(folders)
    where = out or (folders[0] / "report" if len(folders) == 1 else Path("report"))
    return build_report([load(folder) for folder in folders], where, setup, progress)


def build_report(
    results: Sequence[Results], out: Path, setup: Setup = DEFAULT, progress: Progress = lambda *_: None
) -> Path:
    """Write the report of results in memory into `out`; returns the page, or with `only` the folder."""
    parts = renamed(parts_of(results), setup.wording)
    if not parts:
        raise BadValue(f"{', '.join(str(one.folder) for one in results)}: no study, so there is nothing to report")
    steps = _Steps(2 * len(parts), progress)
    with staged(out) as stage:
        studies = []
        for part in parts:
            steps.begin(f"{part.study['kind']} on {part.study['benchmark']}")
            studies.append(study_of(part))
        document = _document(results, studies, _drawing(studies, stage, setup), setup.wording, steps)
        tables = [table for section in document.sections for table in section.tables]
        _write_tables([*tables, *([document.claims.table] if document.claims else []), document.ledger], stage)
        if not setup.only:
            (stage / "index.html").write_text(render(document), encoding="utf-8", newline="\n")
        steps.end()
    return out if setup.only else out / "index.html"


class _Steps:
    """Counts what is begun."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._progress, self._done = total, progress, 0

    def begin(self, what: str) -> None:
        """Tell what comes next."""
        self._progress(self._done, self._total, what)
        self._done += 1

    def end(self) -> None:
        """Tell that all is done."""
        self._progress(self._total, self._total, "")


def _drawing(studies: Sequence[Study], stage: Path, setup: Setup) -> Drawing:
    pen = Pen(setup.style, _strokes(studies, setup.wording))
    if setup.only:
        return Drawing(None, pen, setup.wording)
    (stage / "figures").mkdir()
    return Drawing(stage / "figures", pen, setup.wording)


def _document(
    results: Sequence[Results], studies: Sequence[Study], drawing: Drawing, wording: Wording, steps: _Steps
) -> Document:
    """All that the page says, in the user's words."""
    sections = [_captioned(section, wording) for section in all_sections(studies, drawing, steps.begin)]
    parts = [study.part for study in studies]
    claims, ledger = _claims(results, studies), ledger_table([row for study in studies for row in study.ledger])
    if drawing.folder is not None:
        drawn = [one.name for section in sections for one in section.content]
        check_captions(wording, [*drawn, *([claims.table.name] if claims else []), ledger.name])
    return Document(
        title=wording.title or ", ".join(dict.fromkeys(one.manifest["name"] for one in results)),
        manifests=[one.manifest for one in results],
        numbers={where: part.study["study"] for part in parts for where in part.study["members"]},
        notes=version_notes(results),
        sections=sections,
        claims=claims and claims._replace(table=_worded(claims.table, wording)),
        ledger=_worded(ledger, wording),
    )


def _claims(results: Sequence[Results], studies: Sequence[Study]) -> Claims | None:
    """What became of the experiments' claims; None where they make none that a study can judge."""
    claims = claims_of([one.manifest["experiment"] for one in results], [study.part for study in studies])
    rows = judged(claims, [study.summary for study in studies if isinstance(study.summary, ProxySummary)])
    return Claims(claim_sentences(rows), claims_table(rows)) if rows else None


def _captioned(section: Section, wording: Wording) -> Section:
    """The section with the user's captions of tables; figures have theirs already."""
    content = (_worded(one, wording) if isinstance(one, Table) else one for one in section.content)
    return section._replace(content=tuple(content))


def _worded(table: Table, wording: Wording) -> Table:
    return table._replace(caption=wording.caption(table.name, table.caption))


def _strokes(studies: Sequence[Study], wording: Wording) -> dict[str, Stroke]:
    """One for each algorithm and proxy, grey for random search; a learning curve has that of its largest size.

    The first go to algorithms and to proxies that stand for themselves in figures, the best first.
    """
    searches = [study for study in studies if isinstance(study.summary, SearchSummary)]
    proxies = [study.summary for study in studies if isinstance(study.summary, ProxySummary)]
    labels = [label for study in searches for label in study.part.study["algorithms"]]
    labels += [row.proxy for summary in proxies for row in featured(summary)]
    labels += [row.proxy for summary in proxies for row in summary.rows]
    baselines = (baseline_of(study.part.study) for study in searches)
    found = strokes(
        ordered(dict.fromkeys(labels), wording), next((label for label in baselines if label is not None), None)
    )
    curves = [curve for summary in proxies for curve in learning_curves(summary)]
    return {curve.label: found[curve.rows[-1].proxy] for curve in curves} | found


def _write_tables(tables: Sequence[Table], stage: Path) -> None:
    (stage / "tables").mkdir()
    for table in tables:
        for suffix, form in FORMS.items():
            (stage / "tables" / f"{table.name}.{suffix}").write_text(form(table), encoding="utf-8", newline="\n")
