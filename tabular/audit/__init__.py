"""Which metric, split, seed, epoch, schedule and data set of a benchmark the columns of somebody's table really are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from harness.errors import BadValue
from harness.registry import load
from tabular.audit.books import Book, open_books
from tabular.audit.cells import find_key, read_cells, string_columns
from tabular.audit.finding import Finding
from tabular.audit.verdict import judge
from tabular.importers._frame import read_frame


@dataclass(frozen=True, slots=True)
class Audit:
    """The findings, one per numeric column, and what was compared: `key` says how architectures were found."""

    space: str
    key: str
    benchmarks: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def warnings(self) -> int:
        """The number of columns with a warning."""
        return sum(bool(finding.warnings) for finding in self.findings)


def audit(
    path: Path,
    *,
    space: str | None = None,
    arch: str | None = None,
    index: str | None = None,
    benchmarks: Sequence[str] | None = None,
) -> Audit:
    """Compare every numeric column of a CSV or Parquet file with every value of the benchmarks, within rounding.

    `benchmarks` are by default all imported tables of the file's `space`. The architectures stand in the column `arch`,
    as strings of the space, or `index`, as official indices; space and column are guessed when they are not given.

    Raises `BadValue` or `UnknownName` for a file or a name that cannot be used, and when there is nothing to compare
    with.
    """
    frame = read_frame(path)
    books = open_books(benchmarks)
    space = space or _guess_space(frame, books, arch, index)
    searched = load("space", space)()
    chosen = [book for book in books if book.space == space]
    if not chosen or (benchmarks is not None and len(chosen) < len(books)):
        there = ", ".join(f"{book.name} of {book.space}" for book in books)
        raise BadValue(f"the architectures are of space {space}, and these tables are to be compared: {there}")
    key = find_key(frame, searched, arch, index)
    findings = tuple(judge(chosen, cells) for cells in read_cells(frame, searched, key))
    return Audit(space, key.in_words(), tuple(book.name for book in chosen), findings)


def _guess_space(frame: pd.DataFrame, books: Iterable[Book], arch: str | None, index: str | None) -> str:
    """The only space of the tables, or the one whose strings the file holds, or that has as many architectures."""
    spaces = sorted({book.space for book in books})
    if len(spaces) == 1:
        return spaces[0]
    looked_at = frame if arch is None else frame.loc[:, frame.columns == arch]
    known = {space: load("space", space)() for space in spaces}
    held = [space for space in spaces if index is None and string_columns(looked_at, known[space])]
    if not held and arch is None:
        held = [space for space in spaces if known[space].size == len(frame)]
    if len(held) != 1:
        raise BadValue(f"the file does not say of which search space it is: give space, one of {', '.join(spaces)}")
    return held[0]
