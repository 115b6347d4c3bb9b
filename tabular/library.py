"""The tables that a user has imported, each a folder under the data folder."""

import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import platformdirs

from harness.errors import BadValue
from harness.registry import load, names
from tabular.content import Content
from tabular.manifest import FILE
from tabular.store import open_table, verify, write_table
from tabular.table import Table

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def data_folder() -> Path:
    """Where nasgauge keeps data: the folder that NASGAUGE_DATA names, or the user's data folder of the system."""
    return Path(os.environ.get("NASGAUGE_DATA") or platformdirs.user_data_dir("nasgauge", appauthor=False))


def imported() -> dict[str, Callable[[], Table]]:
    """The imported tables by name; only folders are listed, nothing is opened."""
    folder = data_folder() / "tables"
    try:
        found = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name) and (path / FILE).exists())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return {path.name: partial(open_table, path) for path in found}


def import_table(kind: str, path: Path, name: str, *, force: bool = False, **options: Any) -> Table:
    """Read `path` with the importer `kind` and its options, and keep the table as the benchmark `name`.

    Raises `BadValue` for a name that cannot be used, or that another table goes by unless `force` is given; nothing is
    written then.
    """
    _check_name(name)
    content: Content = load("importer", kind)(path, **options)
    folder = data_folder() / "tables" / name
    try:
        write_table(folder, content, force=force)
    except OSError as error:
        raise BadValue(
            f"{folder} cannot be written: {error.strerror or error}; set NASGAUGE_DATA to another folder"
        ) from error
    verify(folder)
    return open_table(folder)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadValue(f"a table cannot be called {name!r}: use letters, digits, and _ . - after the first")
    if name in set(names("benchmark")) - set(imported()):
        raise BadValue(f"{name!r} is a benchmark of nasgauge itself: give the table another name")
