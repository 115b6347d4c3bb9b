"""What `nasgauge import` does and prints."""

from pathlib import Path
from typing import Any

from harness.commands._console import bar, print_table, say
from harness.registry import own


def import_tables(kind: str, path: Path, name: str, *, out: Path | None, **options: Any) -> None:
    """Import the tables at `path` and show what there is now: a single one in full, several by their size."""
    with bar(f"import {kind}") as progress:
        importer = own("tabular.library:import_tables")
        tables = importer(kind, path, name, out=out, progress=progress.update, **options)
    if len(tables) == 1:
        print_table(tables[0].name, ("", ""), own("tabular.show:describe")(tables[0]))
    else:
        print_table(name, ("benchmark", "architectures", "fidelities"), [_summary(table) for table in tables])
    where = "" if out is None else f"NASGAUGE_DATA={out} "
    for table in tables:
        say(f"imported: {where}nasgauge show {table.name}")


def _summary(table: Any) -> tuple[str, str, str]:
    return table.name, f"{table.measured:,}", f"{len(table.fidelities):,}"
