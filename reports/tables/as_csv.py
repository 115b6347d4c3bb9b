"""A table as CSV: full precision, a column for each bound, an empty field where there is no value."""

import csv
import io
import math

from harness.statistics.bootstrap import Interval
from reports.numbers import Deviation
from reports.spreadsheet import inert
from reports.tables.table import Missing, Table, Value

BOUNDS: tuple[tuple[type[Interval] | type[Deviation], tuple[str, ...]], ...] = (
    (Interval, ("_low", "_high")),
    (Deviation, ("_std",)),
)
"""What follows a column's name where its values have more to them than a point."""


def as_csv(table: Table) -> str:
    """The table in RFC 4180 form with a header line."""
    rows = (*table.rows, *table.foot)
    ends = [_ends([row[i] for row in rows]) for i in range(len(table.columns))]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(f"{column.key}{end}" for column, more in zip(table.columns, ends, strict=True) for end in more)
    for row in rows:
        writer.writerow(field for value, more in zip(row, ends, strict=True) for field in _fields(value, len(more)))
    return text.getvalue()


def _ends(values: list[Value]) -> tuple[str, ...]:
    """The ends of the names of the columns that the values take."""
    return ("", *next((more for kind, more in BOUNDS if any(isinstance(value, kind) for value in values)), ()))


def _fields(value: Value, count: int) -> tuple[str, ...]:
    if isinstance(value, Interval | Deviation):
        return tuple(map(_field, value))
    return (_field(value), *[""] * (count - 1))


def _field(value: Value) -> str:
    if value is None or isinstance(value, Missing) or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return repr(float(value))
    return inert(value) if isinstance(value, str) else str(value)
