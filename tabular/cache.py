"""What there is to search on: built in, imported, half imported, and what could be imported."""

import fcntl
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from harness.errors import NasgaugeError
from harness.registry import load, names
from tabular import benchmarks
from tabular.library import imported, tables_folder
from tabular.releases import RELEASES, Release
from tabular.store import open_table
from tabular.table import Table

READY = "ready"
BUSY = "being imported now"
INTERRUPTED = "interrupted; the same command goes on"
LIVE = "no table: it answers by running code"
_LEFTOVER = re.compile(r"\.(?P<name>.+)\.(?P<what>import|partial|old|ended)")
"""What `tabular.library` and `tabular.store` call the folders that they have not finished with."""


class Entry(NamedTuple):
    """A benchmark by name: what it is, its megabytes on disk, and its state; `release` is the official one it is of."""

    name: str
    what: str
    megabytes: str = ""
    state: str = READY
    release: str = ""


def entries() -> list[Entry]:
    """Every benchmark that there is, then what imports have left behind; a damaged table says what is wrong with it."""
    shipped = {module.name for module in pkgutil.iter_modules(benchmarks.__path__)}
    built_in = sorted(set(names("benchmark")) - set(imported()))
    folders = _folders()
    return [
        *(_table(name, load("benchmark", name)) if name in shipped else Entry(name, LIVE) for name in built_in),
        *(_table(path.name, partial(open_table, path), path) for path in folders if path.name[0] != "."),
        *_leftovers(folders),
    ]


def missing(there: Iterable[Entry]) -> list[Release]:
    """What to get for each kind of importer that none of these tables was made by."""
    ready = [entry for entry in there if entry.state == READY]
    first = {release.kind: release for release in reversed(RELEASES)}
    kinds = dict.fromkeys(release.kind for release in RELEASES)
    return [first[kind] for kind in kinds if not any(_made_by(kind, entry) for entry in ready)]


def _made_by(kind: str, entry: Entry) -> bool:
    """Whether the table has the name that this kind of import gives, or comes from a release of this kind."""
    named = entry.name == kind or entry.name.startswith(f"{kind}-")
    return named or any(release.kind == kind and entry.release.startswith(release.name) for release in RELEASES)


def _table(name: str, opened: Callable[[], Table], folder: Path | None = None) -> Entry:
    """The table in one line; one that cannot be opened is damaged, and says why."""
    try:
        table = opened()
    except NasgaugeError as error:
        return Entry(name, "", _megabytes([folder] if folder else []), f"damaged: {error}")
    parts = [table.space.name, table.dataset, f"{table.measured:,} of {table.space.size:,} architectures"]
    metrics = f"{len(table.metrics)} metric{'s' * (len(table.metrics) != 1)}"
    what = ", ".join(filter(None, [*parts, metrics]))
    return Entry(name, what, _megabytes([table.folder]), READY, table.provenance.get("release", ""))


def _leftovers(folders: Iterable[Path]) -> Iterator[Entry]:
    """What is being imported, and what was when a process ended."""
    groups: dict[str, list[Path]] = {}
    for path in folders:
        if match := _LEFTOVER.fullmatch(path.name):
            groups.setdefault(match["name"], []).append(path)
    running = [name for name, paths in groups.items() if any(map(_locked, paths))]
    for name, paths in groups.items():
        busy = any(name == one or name.startswith(f"{one}-") for one in running)
        yield Entry(name, "", _megabytes(paths), BUSY if busy else INTERRUPTED)


def _locked(folder: Path) -> bool:
    """Whether a process holds the lock of this import."""
    try:
        with (folder / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _folders() -> list[Path]:
    """All folders beside the imported tables, theirs included."""
    try:
        return sorted(path for path in tables_folder().iterdir() if path.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _megabytes(folders: Iterable[Path]) -> str:
    """What the files in these folders take, in millions of bytes; what goes away meanwhile takes nothing."""
    total = 0
    for path in (path for folder in folders for path in folder.rglob("*")):
        with suppress(OSError):
            total += path.lstat().st_size if path.is_file() else 0
    return f"{total / 1e6:,.1f}"
