"""`nasgauge import table`."""

from pathlib import Path
from typing import Any

from harness.commands._console import console, print_table
from harness.registry import load


def import_file(kind: str, path: Path, name: str, force: bool, options: dict[str, Any]) -> None:
    """Import a file as the benchmark `name` and show what is in it now."""
    table = load("library", "tabular.library:import_table")(kind, path, name, force=force, **options)
    print_table(name, ("", ""), load("show", "tabular.show:describe")(table))
    console.print(f"imported: nasgauge show {name}", soft_wrap=True)
