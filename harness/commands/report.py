"""`nasgauge report`."""

import csv
from pathlib import Path

from harness.commands._console import bar, console, print_table
from harness.registry import load


def write_report(folder: Path, out: Path | None) -> None:
    """Write the report of a results folder, then print its rankings and where the page is."""
    with bar("report") as progress:
        target: Path = load("report", "reports.build:report")(folder, out, progress.update)
    for path in sorted(target.glob("tables/*.csv")):
        if "ledger" not in path.name:
            _print_csv(path)
    console.print(f"report: {target / 'index.html'}", soft_wrap=True)


def _print_csv(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    print_table(path.stem, header[:6], [row[:6] for row in rows])
