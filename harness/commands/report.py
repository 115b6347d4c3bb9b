"""`nasgauge report`."""

import re
from collections.abc import Sequence
from pathlib import Path

from harness.commands._console import bar, print_table, say
from harness.errors import BadValue
from harness.registry import own

PRINTED = ("claims", "proxy_", "search_")
"""What the tables begin with that are printed; the page has them all."""

COLUMNS = 4
"""So many columns of a ranking are printed; the page has them all."""


def write_report(
    folders: Sequence[Path],
    out: Path | None = None,
    style: str = "web",
    only: str | None = None,
    words: Path | None = None,
) -> None:
    """Write one report of results folders, then print its rankings and where the page is."""
    if only not in (None, "tables"):
        raise BadValue(f"--only {only}: a report is written whole, or its tables alone with --only tables")
    with bar("report") as progress:
        where: Path = own("reports.build:report")(
            folders, out, style=style, only=only, words=words, progress=progress.update
        )
    folder = where if only else where.parent
    paths = [path for path in sorted(folder.glob("tables/*.md")) if path.name.startswith(PRINTED)]
    titles = [_plain(_lines(path)[0]) for path in paths]
    for path, title in zip(paths, titles, strict=True):
        _print_ranking(path, title if titles.count(title) == 1 else f"{title} ({path.stem})")
    say(f"report: {where}")


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _print_ranking(path: Path, title: str) -> None:
    """Print a table of the report from its Markdown: a caption, then rows of cells."""
    header, _, *rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in _lines(path) if line.startswith("|")]
    cells = [[_plain(cell) for cell in row[:COLUMNS]] for row in [header, *rows]]
    print_table(title, cells[0], cells[1:])


def _plain(text: str) -> str:
    return re.sub(r"\\(.)|\*\*|</?sup>", r"\1", text).strip()
