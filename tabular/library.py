"""The tables that a user has imported, each a folder under the data folder."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from harness.data_folder import data_folder
from harness.errors import BadValue
from harness.files import digest, locked, state_of
from harness.registry import load, names
from tabular.content import Content
from tabular.job import Job
from tabular.manifest import FILE
from tabular.store import open_table, verify, write_table
from tabular.table import Table

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def tables_folder(data: Path | None = None) -> Path:
    """Where the imported tables lie in a data folder, by default the user's."""
    return (data_folder() if data is None else data) / "tables"


def imported() -> dict[str, Callable[[], Table]]:
    """The imported tables by name; only folders are listed, nothing is opened."""
    try:
        found = sorted(p for p in tables_folder().iterdir() if _NAME.fullmatch(p.name) and (p / FILE).exists())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return {path.name: partial(open_table, path) for path in found}


def import_tables(
    kind: str,
    path: Path,
    name: str,
    *,
    out: Path | None = None,
    force: bool = False,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
    **options: Any,
) -> list[Table]:
    """Read `path` with the importer `kind` and its options, and keep each of its tables, `name` or `name-…`.

    `out` is a data folder to use instead of the user's. An interrupted import leaves what it has done so far in a
    hidden folder and no table; the same call goes on there. Raises `BadValue` for a name that cannot be used, or that
    another table goes by unless `force` is given.
    """
    _check_name(name)
    folder = tables_folder(out)
    with _system_errors_in_words(folder), _scratch(folder, name, [kind, _state(path), _plain(options)]) as scratch:
        contents: Mapping[str, Content] = load("importer", kind)(path, Job(scratch, workers, progress), **options)
        made = {f"{name}-{suffix}" if suffix else name: content for suffix, content in contents.items()}
        for table in made:
            _check_name(table)
        for table, content in made.items():
            write_table(folder / table, content, force=force)
            verify(folder / table)
        return [open_table(folder / table) for table in made]


@contextmanager
def _scratch(folder: Path, name: str, source: list[Any]) -> Iterator[Path]:
    """A folder for what is done so far, kept while the block fails, gone when it ends; made anew for another source."""
    scratch = folder / f".{name}.import"
    scratch.mkdir(parents=True, exist_ok=True)
    with locked(scratch / "lock", f"another process is importing {name} into {folder}: wait for it"):
        work = scratch / digest(source)
        for other in scratch.iterdir():
            if other.is_dir() and other != work:
                shutil.rmtree(other)
        work.mkdir(exist_ok=True)
        try:
            yield work
        except BaseException:
            if not any(work.iterdir()):
                shutil.rmtree(scratch)
                _remove_empty(folder, folder.parent)
            raise
        ended = folder / f".{name}.ended"
        shutil.rmtree(ended, ignore_errors=True)
        scratch.replace(ended)
        shutil.rmtree(ended)


def _remove_empty(*folders: Path) -> None:
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _state(path: Path) -> list[Any]:
    """What changes when the source does; of a folder its place only, its importer looks at each file itself."""
    return [str(path.resolve()), *(state_of(path) if path.is_file() else ())]


def _plain(options: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in sorted(options.items())}


@contextmanager
def _system_errors_in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.filename is None or Path(error.filename).is_relative_to(folder):
            raise BadValue(
                f"{folder} cannot be written: {error.strerror or error}; name another data folder with --out, or "
                "set NASGAUGE_DATA"
            ) from error
        raise


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadValue(f"a table cannot be called {name!r}: use letters, digits, and _ . - after the first")
    if name in set(names("benchmark")) - set(imported()):
        raise BadValue(f"{name!r} is a benchmark of nasgauge itself: give the table another name")
