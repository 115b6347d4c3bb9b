"""A table as CSV: full precision, one column per bound of an interval, an empty field where there is no value."""

import csv
import io
import math

from harness.statistics.bootstrap import Interval
from reports.tables.table import Table, Value


def as_csv(table: Table) -> str:
    """The table in RFC 4180 form with a header line."""
    rows = (*table.rows, *table.foot)
    wide = [any(isinstance(row[i], Interval) for row in rows) for i in range(len(table.columns))]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        name
        for column, spread in zip(table.columns, wide, strict=True)
        for name in ((column.key, f"{column.key}_low", f"{column.key}_high") if spread else (column.key,))
    )
    for row in rows:
        writer.writerow(field for value, spread in zip(row, wide, strict=True) for field in _fields(value, spread))
    return text.getvalue()


def _fields(value: Value, spread: bool) -> tuple[str, ...]:
    if not spread:
        return (_field(value),)
    return tuple(map(_field, value)) if isinstance(value, Interval) else (_field(value), "", "")


def _field(value: Value) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)
