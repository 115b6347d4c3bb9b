"""Reading columns of CSV and Parquet files."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from harness.errors import BadValue
from harness.sheet_file import read_csv, read_first_row, read_parquet

SUFFIXES = (".csv", ".parquet")


def read_head(path: Path) -> pd.DataFrame:
    """The first row, of a CSV file as text; `BadValue` when there is none or the file is of another kind."""
    if path.suffix.lower() not in SUFFIXES:
        raise BadValue(f"{path} is neither .csv nor .parquet: scores are read from one of these")
    frame = _read(path, None)
    if frame.empty:
        raise BadValue(f"{path} has no rows")
    return frame


def read_column(path: Path, name: str) -> "pd.Series[Any]":
    """One column, of a CSV file as text, so that numbers keep their last digit and architectures leading zeros."""
    return _read(path, name)[name]


def to_numbers(cells: "pd.Series[Any]") -> NDArray[np.float64]:
    """The cells as numbers, NaN where they are empty; `BadValue` names the row of what is no number."""
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        return cells.to_numpy(dtype=np.float64, na_value=np.nan)
    values = np.full(len(cells), np.nan)
    listed = cells.tolist()
    for row in np.flatnonzero(cells.notna()).tolist():
        values[row] = _number(cells.name, row, listed[row])
    return values


def _number(column: object, row: int, cell: Any) -> float:
    try:
        if isinstance(cell, str) and "_" not in cell:
            return float(cell)
    except ValueError:
        pass
    raise BadValue(f"row {row + 1}, column {column!r}: {cell!r} is no number: a column of scores holds numbers only")


def _read(path: Path, column: str | None) -> pd.DataFrame:
    """One column, or the first row of all."""
    try:
        if path.suffix.lower() == ".csv":
            return read_csv(path, rows=1) if column is None else read_csv(path, [column])
        return read_first_row(path) if column is None else read_parquet(path, [column])
    except OSError as error:
        raise BadValue(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, pa.ArrowException) as error:
        raise BadValue(f"{path} is no valid {path.suffix[1:].lower()} file: {error}") from error
