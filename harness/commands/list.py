"""`nasgauge list`."""

from collections.abc import Iterable
from typing import Any

from rich.table import Table

from harness.commands._console import console, print_table, say
from harness.data_folder import data_folder
from harness.errors import unknown
from harness.registry import FOLDERS, names, own
from harness.visible import visible


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
    there = own("tabular.cache:entries")()
    _print_entries(there)
    say(f"imported tables lie in {data_folder()}; NASGAUGE_DATA names another folder")
    missing = own("tabular.cache:missing")(there)
    if missing:
        say("\nwhat could be imported, once it is downloaded:")
    for release in missing:
        size = f"  {release.size}" if release.size else ""
        say(f"{release.command}\n    {release.page}{size}")


def _print_entries(entries: Iterable[Any]) -> None:
    table = Table(title="benchmarks", title_justify="left", title_style="bold")
    table.add_column("name", no_wrap=True)
    table.add_column("what it is", overflow="fold")
    table.add_column("MB", justify="right", no_wrap=True)
    table.add_column("state", overflow="fold")
    for name, what, megabytes, state, _ in entries:
        table.add_row(*map(visible, (name, what, megabytes, state)))
    console.print(table)
