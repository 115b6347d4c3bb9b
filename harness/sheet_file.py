"""Reading columns that users bring, in CSV and Parquet files, within bounds that hold before anything is allocated."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from harness.files import regular

LARGEST = 1 << 30
"""Bytes of the largest CSV file, and of the texts of a Parquet file."""

LONGEST = 1 << 20
"""Characters of the longest of the first lines of a CSV file: so many columns nobody writes."""

COLUMNS = 10_000
"""Columns of a CSV file."""

BLANKS = 1000
"""Empty lines between the header of a CSV file and its first row."""

UNNAMED = re.compile(r"__index_level_\d+__")
"""What pandas calls an index without a name."""

ROWS, CELLS = 1 << 22, 1 << 27
"""Most rows, and rows times columns, of a Parquet file, a few bytes of which can claim any number of equal rows."""


def read_csv(path: Path, columns: list[str] | None = None, rows: int | None = None) -> pd.DataFrame:
    """The columns, by default all, of the first rows, by default all; every cell is text, NaN where it is empty.

    Raises `ValueError` for what is no CSV file or too large, `OSError` for what cannot be read.
    """
    if path.stat().st_size > LARGEST or not path.is_file():
        raise ValueError(f"it is no file of at most {LARGEST:,} bytes")
    with open(path, "rb", opener=regular) as file:
        _check_start(file)
        file.seek(0)
        frame = pd.read_csv(file, dtype=str, usecols=columns, nrows=rows)
    if not isinstance(frame.index, pd.RangeIndex):
        raise ValueError("its rows have more fields than its header")
    return frame


def _check_start(file: BinaryIO) -> None:
    """Refuse what pandas would take seconds for or read otherwise than it was meant.

    That is a header that is not all of the first line, two columns of one name, and more fields in the first row than
    in the header: pandas renames the columns, and makes an index of the first fields.
    """
    text = io.TextIOWrapper(file, "utf-8-sig", "replace")
    reader = csv.reader(_lines(text))
    try:
        names = next(reader, [])
        if reader.line_num > 1:
            raise ValueError("its first line ends between quotes")
        if _is_blank(names):
            raise ValueError("its first line names no columns")
        twice = [name for name, count in Counter(names).items() if name and count > 1]
        if twice:
            raise ValueError(f"two of its columns are called {ascii(twice[0])[:60]}: rename one")
        row = next((row for row in islice(reader, BLANKS) if not _is_blank(row)), None)
        if row is None and next(reader, None) is not None:
            raise ValueError(f"more than {BLANKS:,} empty lines follow its header")
        if row is not None and len(row) > len(names):
            raise ValueError("its rows have more fields than its header")
    except csv.Error as error:
        raise ValueError(f"its first lines cannot be read: {error}") from error
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LONGEST + 1):
        if len(line) > LONGEST or line.count(",") >= COLUMNS:
            raise ValueError(f"one of its first lines has more than {LONGEST:,} characters or {COLUMNS:,} columns")
        yield line


def _is_blank(row: list[str]) -> bool:
    """Whether pandas skips the line."""
    return len(row) < 2 and not "".join(row).strip()


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The columns, by default all; a frame's named index is a column like any other.

    Raises `ValueError` or `ArrowException` for what is no Parquet file or too large, `OSError` for what cannot be read.
    """
    with _opened(path, columns) as file:
        frame = _frame(_plain(file.read(columns)))
        for name, values in _ranges(file.schema_arrow.metadata, len(frame)) if columns is None else ():
            if name not in frame.columns:
                frame[name] = values
        return frame


def _ranges(metadata: Mapping[bytes, bytes] | None, rows: int) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """The named indices of frames that pandas does not store as columns, since they just count."""
    try:
        found = json.loads((metadata or {})[b"pandas"])["index_columns"]
        for one in found if isinstance(found, list) else ():
            if isinstance(one, dict) and isinstance(one.get("name"), str):
                values = range(one["start"], one["stop"], one["step"])
                if len(values) == rows:
                    yield one["name"], np.array(values, np.int64)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return


def read_first_row(path: Path) -> pd.DataFrame:
    """All columns of the first row of a Parquet file, no row where it has none; raises as `read_parquet` does."""
    with _opened(path, None) as file:
        batches = islice(file.iter_batches(1, use_threads=False), 1)
        return _frame(_plain(pa.Table.from_batches(list(batches), file.schema_arrow)))


def _opened(path: Path, columns: Sequence[str] | None) -> Any:
    """The file, if it is small enough; each different text is read once, so that equal ones take no room."""
    if not path.is_file():
        path.stat()  # says what is wrong with one that is not there
        raise ValueError("it is no regular file")
    with pq.ParquetFile(path) as file:
        schema, rows = file.schema_arrow, file.metadata.num_rows
    if rows > ROWS or rows * (len(schema.names) if columns is None else len(columns)) > CELLS:
        raise ValueError(f"it has {rows:,} rows, and at most {ROWS:,} rows and {CELLS:,} cells are read")
    return pq.ParquetFile(path, read_dictionary=[field.name for field in schema if _is_text(field.type)])


def _is_text(kind: Any) -> bool:
    return any(is_kind(kind) for is_kind in (pa.types.is_string, pa.types.is_binary))


def _plain(table: Any) -> Any:
    """The table with texts in the place of their numbers, once it is known how long they are together."""
    for place, field in enumerate(table.schema):
        if not pa.types.is_dictionary(field.type):
            continue
        column = table.column(place)
        column.validate(full=True)
        if _is_text(field.type.value_type) and sum(map(_bytes, column.chunks)) > LARGEST:
            raise ValueError(f"the texts of column {field.name!r} have more than {LARGEST:,} bytes")
        table = table.set_column(place, field.name, column.cast(field.type.value_type))
    table.validate(full=True)
    return table


def _bytes(chunk: Any) -> int:
    return pc.sum(pc.binary_length(chunk.dictionary).take(chunk.indices)).as_py() or 0


def _frame(table: Any) -> pd.DataFrame:
    """The table as a frame, but for columns in which pandas keeps the order of rows that nobody has named."""
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    return frame.drop(columns=[name for name in frame.columns if UNNAMED.fullmatch(name)])
