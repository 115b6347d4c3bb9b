"""The numbers of somebody's table, with the precision that they are written in."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.core import SearchSpace
from harness.errors import BadValue
from tabular.importers._frame import indices

INDEX_NAMES = ("idx", "index", "arch_index", "arch_idx", "arch_id")
"""Columns of integers that are taken for official indices, in this order, when nothing else names the architectures."""

MOST_DECIMALS = 10
PROBED = 20
"""Cells of a column that are read to guess whether it holds architectures."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The rows of a column that hold a finite number: official index and number; `half` a unit in the last decimal."""

    name: str
    indices: NDArray[np.int64]
    values: NDArray[np.float64]
    half: float

    def where(self, mask: NDArray[np.bool_]) -> "Cells":
        """These rows only."""
        return Cells(self.name, self.indices[mask], self.values[mask], self.half)


@dataclass(frozen=True, slots=True)
class Key:
    """The column that names the architectures: by official index, or by strings of the space."""

    column: str
    by_index: bool
    guessed: bool

    def in_words(self) -> str:
        """How the architectures were found."""
        how = "official indices" if self.by_index else "architecture strings"
        return f"{how} in column {self.column!r}" + (", a guess" if self.guessed else "")


def find_key(frame: pd.DataFrame, space: SearchSpace, arch: str | None, index: str | None) -> Key:
    """The column that was named, or else a guess; `BadValue` when there is nothing to guess from."""
    if arch is not None and index is not None:
        raise BadValue(f"architectures by strings in {arch!r} or by indices in {index!r}: name one of the two")
    if arch is not None or index is not None:
        return Key(arch if arch is not None else str(index), arch is None, guessed=False)
    for name in string_columns(frame, space):
        return Key(name, by_index=False, guessed=True)
    for name in INDEX_NAMES:
        for column in frame.columns:
            if column.lower() == name:
                return Key(column, by_index=True, guessed=True)
    raise BadValue(
        f"no column holds strings of {space.name}, none is called {', '.join(INDEX_NAMES)}: name the column of strings "
        f"with arch, or that of official indices with index. The file has {', '.join(frame.columns)}"
    )


def string_columns(frame: pd.DataFrame, space: SearchSpace) -> list[str]:
    """The columns whose first cells are all strings of the space."""
    return [name for name in frame.columns if _holds_strings(frame[name], space)]


def read_cells(frame: pd.DataFrame, space: SearchSpace, key: Key) -> Iterator[Cells]:
    """Every numeric column but the key and copies of the official index."""
    arch, index = (None, key.column) if key.by_index else (key.column, None)
    found = indices(frame, space, arch, index)
    for name in frame.columns:
        if name != key.column and (cells := _read(frame[name], found)) and (cells.values != cells.indices).any():
            yield cells


def _read(cells: "pd.Series[Any]", found: NDArray[np.int64]) -> Cells | None:
    """The column's numbers; None when one of its cells is something else, or all are empty."""
    types = pd.api.types
    if types.is_bool_dtype(cells) or not (types.is_numeric_dtype(cells) or _all_texts(cells)):
        return None
    values = pd.to_numeric(cells, errors="coerce")
    if values.isna().all() or (values.isna() & cells.notna()).any():
        return None
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    finite = np.isfinite(numbers)
    written = numbers[finite].astype("float32") if str(cells.dtype).lower() == "float32" else numbers[finite]
    half = 0.5 * 10.0 ** -_decimals(written)
    return Cells(str(cells.name), found[finite], numbers[finite], half)


def _all_texts(cells: "pd.Series[Any]") -> bool:
    """Whether the cells are texts or exact decimals, which may be numbers; lists, dates and bytes are not."""
    return all(isinstance(cell, str | Decimal) for cell in cells.dropna())


def _decimals(values: NDArray[Any]) -> int:
    """The fewest decimals that reproduce the numbers: zeros at the end, as in 62.0 and 93.0, say nothing."""
    with np.errstate(over="ignore", invalid="ignore"):  # numbers above 1e300 are rounded by way of infinity
        shortest = (d for d in range(MOST_DECIMALS) if np.array_equal(np.round(values, d), values))
        return next(shortest, MOST_DECIMALS)


def _holds_strings(cells: "pd.Series[Any]", space: SearchSpace) -> bool:
    if pd.api.types.is_numeric_dtype(cells):
        return False
    texts = cells.dropna().head(PROBED)
    try:
        for text in texts:
            space.decode(str(text))
    except BadValue:
        return False
    return len(texts) > 0
