"""Reading CSV and Parquet files, strictly: what cannot be used is named by row and column."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
from numpy.typing import NDArray

from harness.core import Metric, SearchSpace
from harness.errors import BadValue, unknown
from harness.sheet_file import read_csv, read_parquet
from tabular.importers._mapping import Mapped


def read_frame(path: Path) -> pd.DataFrame:
    """Read the file, CSV as text: no digit is lost; `BadValue` when it is absent, empty, or of another kind."""
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise BadValue(f"{path} is neither .csv nor .parquet: a table is imported from one of these")
    try:
        frame = read_csv(path) if suffix == ".csv" else read_parquet(path)
    except OSError as error:
        raise BadValue(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, pyarrow.ArrowException) as error:
        raise BadValue(f"{path} is no valid {suffix[1:]} file: {error}") from error
    if frame.empty:
        raise BadValue(f"{path} has no rows")
    frame.columns = frame.columns.map(str)
    if not frame.columns.is_unique:
        raise BadValue(f"{path} has two columns called {frame.columns[frame.columns.duplicated()][0]!r}: rename one")
    return frame


def indices(frame: pd.DataFrame, space: SearchSpace, arch: str | None, index: str | None) -> NDArray[np.int64]:
    """The official index of each row's architecture; each occurs once."""
    if (arch is None) == (index is None):
        raise BadValue(
            "say which column names the architectures: arch, with strings of the space, or index, with official "
            f"indices. The file has {', '.join(frame.columns)}"
        )
    found = _from_strings(frame, space, arch) if arch is not None else _from_indices(frame, space, str(index))
    order = np.argsort(found, kind="stable")
    twice = np.flatnonzero(np.diff(found[order]) == 0)
    if len(twice):
        first, second = (order[twice[0]], order[twice[0] + 1])
        raise BadValue(
            f"rows {first + 1} and {second + 1} hold the same architecture, {space.encode(space.all()[found[first]])}: "
            "keep one row for each"
        )
    return found


def numbers(frame: pd.DataFrame, mapped: Mapped, metric: Metric) -> NDArray[np.float64]:
    """The column in the metric's unit, NaN where it is empty; `BadValue` names the row of what cannot be."""
    column, times, over, _ = mapped
    cells = frame[column]
    values = _floats(cells)
    _refuse(cells, np.isnan(values) & cells.notna().to_numpy(), "is no number")
    _refuse(cells, np.isinf(values), "is infinite: leave empty what was not measured")
    if np.isnan(values).all():
        raise BadValue(f"column {column!r} holds no number at all: leave it out")
    with np.errstate(over="ignore"):
        values = values * times / over
    _refuse(cells, np.isinf(values), f"is too large for {metric.name}")
    if metric.unit == "%":
        _refuse(cells, (values < 0) | (values > 100), f"is no percentage from 0 to 100, as {metric.name} is")
        if np.nanmin(values) < np.nanmax(values) <= 1:
            raise BadValue(
                f"column {column!r} holds fractions, {metric.name} is percent: write {column}*100={metric.name}"
            )
    if metric.split == "cost":
        _refuse(cells, values < 0, f"is negative, which {metric.name} cannot be: leave empty what was not measured")
    return values


def _from_strings(frame: pd.DataFrame, space: SearchSpace, arch: str) -> NDArray[np.int64]:
    found = np.empty(len(frame), dtype=np.int64)
    for row, text in enumerate(_column(frame, arch)):
        try:
            found[row] = space.index(space.decode(str(text)))
        except BadValue as error:
            raise BadValue(f"row {row + 1}, column {arch!r}: {error}") from error
    return found


def _from_indices(frame: pd.DataFrame, space: SearchSpace, index: str) -> NDArray[np.int64]:
    cells = _column(frame, index)
    values = _floats(cells)
    wrong = ~((values >= 0) & (values < space.size) & (values == np.floor(values)))
    _refuse(cells, wrong, f"is no index of {space.name}, 0 to {space.size - 1}")
    return values.astype(np.int64)


def _floats(cells: "pd.Series[Any]") -> NDArray[np.float64]:
    """NaN for what is no number. pandas knows what a number is, Python reads its text to the last bit."""
    values = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan).copy()
    if not pd.api.types.is_numeric_dtype(cells):
        for row in np.flatnonzero(~np.isnan(values)):
            values[row] = float(cells.iloc[row])
    return values


def _column(frame: pd.DataFrame, name: str) -> "pd.Series[Any]":
    if name not in frame.columns:
        raise unknown("column of the file", name, frame.columns)
    return frame[name]


def _refuse(cells: "pd.Series[Any]", wrong: NDArray[np.bool_], why: str) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise BadValue(f"row {row + 1}, column {str(cells.name)!r}: {str(cells.iloc[row])!r} {why}")
