"""`nasgauge report`."""

import re
from pathlib import Path

from harness.commands._console import bar, console, print_table
from harness.registry import load

PRINTED = ("claims", "proxy_", "search_")
"""What the tables begin with that are printed; the page has them all."""

COLUMNS = 4
"""So many columns of a ranking are printed; the page has them all."""


def write_report(folder: Path, out: Path | None) -> None:
    """Write the report of a results folder, then print its rankings and where the page is."""
    with bar("report") as progress:
        page: Path = load("report", "reports.build:report")([folder], out, progress=progress.update)
    for path in sorted(page.parent.glob("tables/*.md")):
        if path.name.startswith(PRINTED):
            _print_ranking(path)
    console.print(f"report: {page}", soft_wrap=True)


def _print_ranking(path: Path) -> None:
    """Print a table of the report from its Markdown: a caption, then rows of cells."""
    lines = path.read_text(encoding="utf-8").splitlines()
    header, _, *rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("|")]
    cells = [[_plain(cell) for cell in row[:COLUMNS]] for row in [header, *rows]]
    print_table(_plain(lines[0]), cells[0], cells[1:])


def _plain(text: str) -> str:
    return re.sub(r"\\(.)|\*\*", r"\1", text).strip()
