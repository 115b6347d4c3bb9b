"""Files with one row per architecture: which row is about which one."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core import SearchSpace
from harness.errors import BadValue, unknown
from harness.files import state_of
from proxies.given._frame import read_column, read_head, to_numbers

INDEX = ("idx", "index", "arch_index")
"""What a column of official indices is usually called."""


class Sheet(NamedTuple):
    """A file whose rows are known: `places` holds the official index of each row's architecture, shape (rows,)."""

    path: Path
    names: tuple[str, ...]
    places: NDArray[np.int64]
    size: int
    fingerprint: str


def open_sheet(path: Path, space: SearchSpace, arch: str, index: str) -> Sheet:
    """Find out which architecture each row is about.

    `arch` names the column of strings of the space, `index` that of official indices. Where both are empty, the one
    column whose first cell is an architecture of the space is taken, else one that is called like `INDEX`, else the
    official order, if the file has as many rows as the space architectures. Raises `BadValue` or `UnknownName`.
    """
    if arch and index:
        raise BadValue(f"arch = {arch!r} and index = {index!r}: name the architectures by one of them")
    try:
        state = tuple(state_of(path))
    except OSError as error:
        raise BadValue(
            f"{str(path)!r} cannot be read ({error.strerror}): give its place from {Path.cwd()} on, or the whole path"
        ) from error
    return _opened(path, state, space, arch, index)


def read_numbers(sheet: Sheet, column: str) -> NDArray[np.float64]:
    """The column by official index, shape (architectures of the space,); NaN where it is empty or there is no row.

    Raises `BadValue` for what is no number, and for an architecture with two different ones.
    """
    if column not in sheet.names:
        raise unknown(f"column of {sheet.path}", column, sheet.names)
    values = to_numbers(read_column(sheet.path, column))
    order = np.argsort(sheet.places, kind="stable")
    twice = np.flatnonzero(np.diff(sheet.places[order]) == 0)
    for one, other in zip(order[twice], order[twice + 1], strict=True):
        if not np.array_equal(values[one], values[other], equal_nan=True):
            raise BadValue(
                f"rows {one + 1} and {other + 1} of {sheet.path} are about the same architecture, and column "
                f"{column!r} says {values[one]:g} and {values[other]:g}: keep one of them"
            )
    found = np.full(sheet.size, np.nan)
    found[sheet.places] = values
    return found


@lru_cache(maxsize=8)
def _opened(path: Path, state: tuple[int | str, ...], space: SearchSpace, arch: str, index: str) -> Sheet:
    """The sheet; `state` changes when the file does."""
    head = read_head(path)
    names = tuple(map(str, head.columns))
    for name in (arch, index):
        if name and name not in names:
            raise unknown(f"column of {path}", name, names)
    if not (arch or index):
        arch = _guess(path, head, space)
        index = "" if arch else next((name for name in INDEX if name in names), "")
    if arch:
        places = _from_strings(read_column(path, arch), space)
    else:
        places = _from_indices(read_column(path, index), space) if index else _in_order(path, names, space)
    with path.open("rb") as file:
        return Sheet(path, names, places, space.size, hashlib.file_digest(file, "sha256").hexdigest())


def _guess(path: Path, head: pd.DataFrame, space: SearchSpace) -> str:
    """The column whose first cell is an architecture of the space; empty where there is none."""
    found = [str(name) for name in head.columns if _is_arch(head[name].iloc[0], space)]
    if len(found) > 1:
        raise BadValue(
            f"{path} names architectures in {' and in '.join(map(repr, found))}: say which column is meant, arch = "
            f"{found[0]!r}"
        )
    return found[0] if found else ""


def _is_arch(cell: Any, space: SearchSpace) -> bool:
    if not isinstance(cell, str):
        return False
    try:
        space.decode(cell)
    except BadValue:
        return False
    return True


def _from_strings(cells: "pd.Series[Any]", space: SearchSpace) -> NDArray[np.int64]:
    found = np.empty(len(cells), np.int64)
    for row, text in enumerate(cells):
        try:
            found[row] = space.index(space.decode(str(text)))
        except BadValue as error:
            raise BadValue(f"row {row + 1}, column {cells.name!r}: {error}") from error
    return found


def _from_indices(cells: "pd.Series[Any]", space: SearchSpace) -> NDArray[np.int64]:
    values = to_numbers(cells)
    wrong = ~((values >= 0) & (values < space.size) & (values == np.floor(values)))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise BadValue(
            f"row {row + 1}, column {cells.name!r}: {cells.iloc[row]!r} is no index of {space.name}, 0 to "
            f"{space.size - 1}"
        )
    return values.astype(np.int64)


def _in_order(path: Path, names: tuple[str, ...], space: SearchSpace) -> NDArray[np.int64]:
    rows = len(read_column(path, names[0]))
    if rows != space.size:
        raise BadValue(
            f"{path} does not say which architectures its {rows:,} rows are about: name a column with strings of "
            f"{space.name}, arch = ..., or with official indices, index = .... It has {', '.join(names)}"
        )
    return np.arange(rows)
