"""Reading Parquet that anybody may have written: what a file asks for is looked at before memory is given to it.

A Parquet file of a kilobyte can stand for terabytes: a repeated value is stored once. The footer says how many values
there are, and is believed only where its parts agree.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

VALUES = 2**28
"""The most values, rows x columns, that any file may have: 25 searches of 500,000 evaluations each stay below it."""

SMALL, PER_BYTE = 2**23, 64
"""So many values any file may have; a larger one needs a byte for each `PER_BYTE`. Records take one or two each."""

BATCH = 2**16
"""Rows that are unpacked at a time."""

WIDTH = 32
"""The bytes that a value may take on average, in pages that are unpacked and in strings that are written out."""

FOOTER = 2**24
"""The most bytes of a string, and the most parts of a list, in a footer."""

PLAIN = ("BOOLEAN", "INT32", "INT64", "FLOAT", "DOUBLE", "BYTE_ARRAY")
"""The physical types that are read; bytes must be text."""


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """The columns, all where None is given: numbers, truth values and strings, whose bytes are those of the file.

    Raises `OSError` where it cannot be read, `ValueError` or `pyarrow.ArrowException` where it is damaged, too large,
    or holds anything else.
    """
    if not path.is_file():
        path.stat()  # says what is wrong with one that is not there
        raise ValueError("it is no regular file")
    limits = {"thrift_string_size_limit": FOOTER, "thrift_container_size_limit": FOOTER}
    with pq.ParquetFile(path, **limits) as file:
        footer, allowed = file.metadata, _allowed(path.stat().st_size)
        texts = _check_footer(footer, allowed)
    checked = {"page_checksum_verification": True, "read_dictionary": texts, "metadata": footer}
    with pq.ParquetFile(path, **checked, **limits) as file:
        table = _read(file, None if columns is None else list(columns), footer.num_rows)
    return _plain(table, allowed * WIDTH)


def _read(file: pq.ParquetFile, columns: list[str] | None, rows: int) -> pa.Table:
    """So many rows, some at a time: what a column says of its own length is not asked for, and not believed."""
    batches, found = [], 0
    for batch in file.iter_batches(BATCH, columns=columns):
        found += batch.num_rows
        if found > rows:
            break
        batches.append(batch)
    if found != rows:
        raise ValueError(f"it has other numbers of rows than the {rows} that it says")
    table = pa.Table.from_batches(batches) if batches else file.schema_arrow.empty_table()
    return table if columns is None else table.select(columns)


def read_frame(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """`read_table` as a frame."""
    frame: pd.DataFrame = read_table(path, columns).to_pandas(ignore_metadata=True)
    return frame


def _allowed(size: int) -> int:
    """The values that a file of so many bytes may have."""
    return min(VALUES, max(SMALL, PER_BYTE * size))


def _check_footer(footer: pq.FileMetaData, allowed: int) -> list[str]:
    """Raise `ValueError` where a footer asks for too much; returns the names of the columns that hold text."""
    names = []
    for i in range(footer.num_columns):
        column = footer.schema.column(i)
        nested = column.max_repetition_level > 0 or column.max_definition_level > 1 or column.path != column.name
        text = column.physical_type == "BYTE_ARRAY"
        if nested or column.physical_type not in PLAIN or (text and column.logical_type.type != "STRING"):
            raise ValueError(f"its column {column.path!r} holds neither numbers nor text")
        names.append((column.name, text))
    if len({name for name, _ in names}) < len(names):
        raise ValueError("two of its columns have one name")
    _check_amounts(footer, allowed)
    return [name for name, text in names if text]


def _check_amounts(footer: pq.FileMetaData, allowed: int) -> None:
    """Raise `ValueError` where the whole is too large. The metadata of single columns are left alone.

    Arrow ends the process where those are damaged, and says so as an error only when it reads the column.
    """
    values = footer.num_rows * footer.num_columns
    if not 0 <= values <= allowed:
        raise ValueError(f"it has {values} values, and {allowed} are the most that are read of a file of its size")
    groups = [footer.row_group(i) for i in range(footer.num_row_groups)]
    if any(group.num_rows < 0 for group in groups) or sum(group.num_rows for group in groups) != footer.num_rows:
        raise ValueError("its parts have other numbers of rows than it says")
    size = sum(group.total_byte_size for group in groups)
    if not 0 <= size <= allowed * WIDTH:
        raise ValueError(f"it unpacks to {size} bytes, and {allowed * WIDTH} are the most that are read of its size")


def _plain(table: pa.Table, most: int) -> pa.Table:
    """The table with its dictionaries written out; `ValueError` where it takes too many bytes or a type is strange."""
    coded = [column for column in table.columns if pa.types.is_dictionary(column.type)]
    length = sum(_length(chunk) for column in coded for chunk in column.chunks)
    if length > most:
        raise ValueError(f"its strings have {length} bytes when they are written out, and {most} are the most")
    spelled = {name: _spelled(column) for name, column in zip(table.column_names, table.columns, strict=True)}
    return pa.table(spelled).replace_schema_metadata(table.schema.metadata)


def _spelled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind) and _is_text(kind.value_type):
        return column.cast(kind.value_type)
    known = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_null, _is_text)
    if not any(test(kind) for test in known):
        raise ValueError(f"it has a column of type {kind}, and numbers and text are all that is read")
    return column


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _length(chunk: Any) -> int:
    """The bytes of the strings that a coded chunk stands for."""
    if not _is_text(chunk.dictionary.type):
        return 0
    lengths = pc.binary_length(chunk.dictionary)
    found: int | None = pc.sum(pc.cast(pc.take(lengths, chunk.indices), pa.int64())).as_py()
    return found or 0
