"""`nasgauge list`."""

from collections.abc import Iterable
from typing import Any

from rich.table import Table

from harness.commands._console import console, print_table
from harness.errors import unknown
from harness.registry import FOLDERS, load, names


def list_items(kind: str | None) -> None:
    """Print the names of all items, or of one kind; plural forms are understood.

    Benchmarks are more than their names: what they are, what they take on disk, and what could be imported. Their bare
    names are among those of all items.
    """
    if kind is None:
        print_table("nasgauge", ("kind", "items"), [(one, ", ".join(names(one))) for one in FOLDERS])
        return
    singular = {one: one for one in FOLDERS} | {f"{one}s": one for one in FOLDERS} | {"proxies": "proxy"}
    if kind not in singular:
        raise unknown("kind", kind, FOLDERS)
    if singular[kind] == "benchmark":
        _list_benchmarks()
        return
    for name in names(singular[kind]):
        print(name)


def _list_benchmarks() -> None:
    there = load("cache", "tabular.cache:entries")()
    _print_entries(there)
    folder = load("library", "tabular.library:data_folder")()
    console.print(f"imported tables lie in {folder}; NASGAUGE_DATA names another folder", soft_wrap=True)
    missing = load("cache", "tabular.cache:missing")(there)
    if missing:
        console.print("\nwhat could be imported, once it is downloaded:")
    for release in missing:
        size = f"  {release.size}" if release.size else ""
        console.print(f"{release.command}\n    {release.page}{size}", soft_wrap=True)


def _print_entries(entries: Iterable[Any]) -> None:
    table = Table(title="benchmarks", title_justify="left", title_style="bold")
    table.add_column("name", no_wrap=True)
    table.add_column("what it is", overflow="fold")
    table.add_column("MB", justify="right", no_wrap=True)
    table.add_column("state", overflow="fold")
    for name, what, megabytes, state, _ in entries:
        table.add_row(name, what, megabytes, state)
    console.print(table)
