"""A folder that is replaced whole or not at all."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.errors import BadValue

OURS = {".": {".html"}, "figures": {".pdf", ".svg", ".png", ".csv"}, "tables": {".tex", ".md", ".csv"}}
"""The kinds of files that a report writes, by folder."""


def check_distinct(folders: Sequence[Path]) -> None:
    """Raise `BadValue` where a folder is given twice, or lies in another one: its runs would count twice."""
    whole = [folder.resolve() for folder in folders]
    for i, inner in enumerate(whole):
        if inner in whole[:i]:
            raise BadValue(f"{folders[i]} is given twice; name each results folder once")
        for j, outer in enumerate(whole):
            if outer in inner.parents:
                raise BadValue(f"{folders[i]} lies in {folders[j]}; name one of them")


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """Yield an empty folder that takes the place of `out` when the block ends well, and vanishes when it does not.

    Raises `BadValue` when `out` holds anything but an earlier report: nobody's files are lost.
    """
    _refuse_foreign(out)
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    _make(partial)
    try:
        yield partial / "new"
        if out.exists():
            out.rename(partial / "old")
        (partial / "new").rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _make(partial: Path) -> None:
    """Make the folder with one for the report in it; `BadValue` where a link or a file has its name."""
    partial.parent.mkdir(parents=True, exist_ok=True)
    try:
        partial.mkdir()
    except FileExistsError:
        raise BadValue(f"{partial} is in the way of a new report; remove it") from None
    (partial / "new").mkdir()


def _refuse_foreign(out: Path) -> None:
    here = Path.cwd()
    if out.resolve() in (here, *here.parents):
        raise BadValue(
            f"{out} is the folder that you are in, or holds it; name a folder for the report, such as report"
        )
    for above in (out, *out.parents):
        if above.exists() and not above.is_dir():
            raise BadValue(f"{above} is a file; name a folder for the report")
    if not out.exists():
        return
    for path in sorted(out.rglob("*")):
        place = str(path.parent.relative_to(out))
        if path.is_dir() and place == "." and path.name in OURS:
            continue
        if path.is_dir() or path.suffix not in OURS.get(place, ()):
            raise BadValue(f"{path} is no part of a report; name another folder, or move what is in {out} away")
