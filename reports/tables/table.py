"""What a table says, before anyone decides how it looks."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from harness.statistics.bootstrap import Interval
from reports.numbers import MISSING

Value = str | int | float | Interval | None
Show = Callable[[Any], str]


class Column(NamedTuple):
    """A column: `key` names it in CSV, `header` for people; `best` picks the value to set in bold.

    What is `prose` may take several lines.
    """

    key: str
    header: str
    show: Show = str
    best: Callable[[list[float]], float] | None = None
    prose: bool = False


class Table(NamedTuple):
    """Rows compete for the best value of each column, the foot does not. Notes are sentences."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    foot: tuple[tuple[Value, ...], ...] = ()
    notes: tuple[str, ...] = ()


class Cell(NamedTuple):
    """A value as people read it."""

    text: str
    best: bool = False
    number: bool = True


def cells(table: Table) -> tuple[list[list[Cell]], list[list[Cell]]]:
    """The rows and the foot in words, with the best of each column marked."""
    winners = [_winner(column, [row[i] for row in table.rows]) for i, column in enumerate(table.columns)]
    body = [[_cell(*part) for part in zip(table.columns, row, winners, strict=True)] for row in table.rows]
    foot = [[_cell(column, value, "") for column, value in zip(table.columns, row, strict=True)] for row in table.foot]
    return body, foot


def _cell(column: Column, value: Value, winner: str) -> Cell:
    if isinstance(value, str):
        return Cell(value, number=False)
    if value is None or np.isnan(point(value)):
        return Cell(MISSING)
    text = column.show(value)
    return Cell(text, bool(winner) and text.split(" ")[0] == winner)


def _winner(column: Column, values: list[Value]) -> str:
    """The best value as shown, so that what looks equal is marked alike; nothing wins alone."""
    points = [(point(v), v) for v in values if v is not None and not isinstance(v, str) and np.isfinite(point(v))]
    if column.best is None or len(points) < 2:
        return ""
    best = column.best([p for p, _ in points])
    return next(column.show(v).split(" ")[0] for p, v in points if p == best)


def point(value: Value) -> float:
    """The number in a cell, without its interval."""
    if isinstance(value, Interval):
        return value.point
    return float("nan") if value is None or isinstance(value, str) else float(value)
