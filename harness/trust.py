"""What files may name: a file that somebody sent runs no code, and leads nowhere but where the user works.

`trust` draws the line for this process. The command line draws it before it reads anything; in Python nothing is
refused until `trust` is called, because there the caller's own code runs anyway.
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.data_folder import data_folder, datasets_folder
from harness.errors import BadValue


class Untrusted(BadValue):
    """A file names code or a place that the user has not allowed."""


@dataclass(frozen=True, slots=True)
class Trust:
    """The modules whose code files may name, and the folders, whole paths, that they may read from and write to."""

    modules: frozenset[str]
    readable: tuple[Path, ...]
    writable: tuple[Path, ...]


@dataclass(slots=True)
class _Line:
    """Where the line is drawn in this process; None = everything is trusted."""

    trust: Trust | None = None


_line = _Line()


def trust(given: Iterable[str] | Trust | None, *files: Path) -> None:
    """Refuse from now on what files name beyond `given`; None allows everything.

    `given` are modules, `package` or `package.module`, each with all below it, and folders, written with a slash; or
    the `Trust` of another process. Files may always name what lies in the current folder, in those of imported tables
    and data sets, and beside the `files`. Raises `BadValue` for what is neither a module nor a folder.
    """
    _line.trust = given if given is None or isinstance(given, Trust) else _read(given, files)


def trusted() -> Trust | None:
    """What to hand to `trust` in a worker process, so that it trusts what this one does."""
    return _line.trust


def check_code(name: str) -> None:
    """Raise `Untrusted` when a file may not name the code `module:attribute`."""
    if _line.trust is None:
        return
    module = name.partition(":")[0]
    if not _within(module, _line.trust.modules):
        raise Untrusted(
            f"{name!r} names code, which nothing that comes from a file may run unasked; if you know what the module "
            f"does, allow it with --trust {module}"
        )
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))  # not before: whatever lies there could else pass for a library


def trusts_module(module: str) -> bool:
    """Whether the code of this module may be named."""
    return _line.trust is None or _within(module, _line.trust.modules)


def installed(folder: Path) -> bool:
    """Whether the user installed what lies in this folder of packages: not where it is the current one."""
    return _line.trust is None or _whole(folder) != _whole(Path.cwd())


def allowed(path: Path) -> Path:
    """The path that a file says is to be read; `Untrusted` when it leads, by a link too, where nobody works."""
    if _line.trust is not None and not _inside(path, _line.trust.readable):
        raise Untrusted(
            f"{str(path)!r} lies neither in the current folder nor beside the experiment nor in the data folder; to "
            f"have it read, allow its folder with --trust {_whole(path).parent}/"
        )
    return path


def allowed_folder(folder: Path) -> Path:
    """The folder that a file says is to be read; `Untrusted` when it, or a link in it, leads where nobody works."""
    if _line.trust is not None:
        with os.scandir(allowed(folder)) as entries:
            for entry in entries:
                if entry.is_symlink():
                    allowed(Path(entry.path))
    return folder


def allowed_output(path: Path) -> Path:
    """The folder that a file says is to be written to; `Untrusted` when it is not in the current folder."""
    if _line.trust is not None and not _inside(path, _line.trust.writable):
        raise Untrusted(
            f"{str(path)!r} lies outside the current folder, where no file may have anything written: name a folder in "
            "it, or leave the option out, and the results folder keeps half-trained networks"
        )
    return path


def _read(given: Iterable[str], files: Iterable[Path]) -> Trust:
    values = list(given)
    folders = [Path(one) for one in values if _is_folder(one)]
    modules = [one for one in values if not _is_folder(one)]
    for one in modules:
        if not all(part.isidentifier() for part in one.split(".")):
            raise BadValue(
                f"--trust {one!r}: give a module of Python such as my_module, or a folder with a slash such as /data/"
            )
    here = Path.cwd()
    places = [here, data_folder(), datasets_folder(), *(file.parent for file in files), *folders]
    return Trust(frozenset(modules), tuple(dict.fromkeys(map(_whole, places))), (_whole(here),))


def _is_folder(given: str) -> bool:
    return "/" in given or os.sep in given


def _within(module: str, modules: Iterable[str]) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in modules)


def _inside(path: Path, folders: Iterable[Path]) -> bool:
    whole = _whole(path)
    return any(whole.is_relative_to(folder) for folder in folders)


def _whole(path: Path) -> Path:
    """The path with all links followed; `BadValue` for one that leads nowhere."""
    try:
        return path.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise BadValue(f"{str(path)!r} is no path: {error}") from error
