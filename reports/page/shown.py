"""A table as the page shows it: words, what they are marked with, and the number that a column is sorted by."""

import math
from typing import NamedTuple

from reports.numbers import MISSING
from reports.tables.table import Cell, Column, Table, Value, cells, point


class Shown(NamedTuple):
    """A cell of the page; `value` is its number in full precision, empty where there is none; notes explain `mark`.

    `missing` says that there is nothing to sort by: neither a number nor words.
    """

    text: str
    value: str
    best: bool
    mark: str
    prose: bool
    missing: bool


class Head(NamedTuple):
    """A column's header; `down` says that its best values are the highest, so that sorting begins with them."""

    text: str
    prose: bool
    down: bool


LONG = 6
"""Rows; in a longer table a reader may look for some of them."""


class Grid(NamedTuple):
    """A table of the page; `long` enough to look for rows by their words."""

    heads: list[Head]
    body: list[list[Shown]]
    foot: list[list[Shown]]
    long: bool


def shown(table: Table) -> Grid:
    """The table in words and numbers."""
    body, foot = cells(table)
    heads = [Head(column.header, column.prose, column.best is max) for column in table.columns]
    return Grid(
        heads,
        [_row(table, row, values) for row, values in zip(body, table.rows, strict=True)],
        [_row(table, row, values) for row, values in zip(foot, table.foot, strict=True)],
        len(body) > LONG,
    )


def _row(table: Table, row: list[Cell], values: tuple[Value, ...]) -> list[Shown]:
    return [_shown(*part) for part in zip(table.columns, row, values, strict=True)]


def _shown(column: Column, cell: Cell, value: Value) -> Shown:
    number = point(value)
    return Shown(
        text=cell.text,
        value=repr(float(number)) if math.isfinite(number) else "",
        best=cell.best,
        mark=cell.mark,
        prose=column.prose,
        missing=cell.text in ("", MISSING),
    )
