"""What a table says, before anyone decides how it looks."""

from collections.abc import Callable
from itertools import count, product
from string import ascii_lowercase
from typing import Any, NamedTuple

import numpy as np

from harness.statistics.bootstrap import Interval
from reports.numbers import MISSING, Deviation

TIED = "†"


class Missing(NamedTuple):
    """In the place of a value: why there is none, in a few words. The cell shows a dash with a letter."""

    why: str


Value = str | int | float | Interval | Deviation | Missing | None
Show = Callable[[Any], str]


class Column(NamedTuple):
    """A column: `key` names it in CSV, `header` for people; `best` picks the value to set in bold.

    What is `prose` may take several lines. `tied` are the numbers of the rows that cannot be told apart from the best.
    """

    key: str
    header: str
    show: Show = str
    best: Callable[[list[float]], float] | None = None
    prose: bool = False
    tied: frozenset[int] = frozenset()


class Table(NamedTuple):
    """Rows compete for the best value of each column, the foot does not. Notes are sentences.

    `tied` says what it means that a cell is marked as tied with the best. A table with marks goes through `explained`.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    foot: tuple[tuple[Value, ...], ...] = ()
    notes: tuple[str, ...] = ()
    tied: str = ""


class Cell(NamedTuple):
    """A value as people read it; `mark` leads to a line of the table's `legend`."""

    text: str
    best: bool = False
    number: bool = True
    tied: bool = False
    mark: str = ""


class Mark(NamedTuple):
    """A line of the legend."""

    mark: str
    meaning: str

    @property
    def note(self) -> str:
        """The line as a note."""
        return f"{self.mark}: {self.meaning}."


def cells(table: Table) -> tuple[list[list[Cell]], list[list[Cell]]]:
    """The rows and the foot in words, with marks, and with the best of each column."""
    letters = _letters(table)
    winners = [_winner(column, [row[i] for row in table.rows]) for i, column in enumerate(table.columns)]
    places = list(zip(table.columns, winners, strict=True))
    body = [
        [_cell(column, value, winner, n, letters) for (column, winner), value in zip(places, row, strict=True)]
        for n, row in enumerate(table.rows)
    ]
    foot = [
        [_cell(column, value, "", None, letters) for column, value in zip(table.columns, row, strict=True)]
        for row in table.foot
    ]
    return body, foot


def legend(table: Table) -> tuple[Mark, ...]:
    """What the marks in the table's cells mean, each once."""
    tied = any(cell.tied for row in cells(table)[0] for cell in row)
    reasons = (Mark(letter, why) for why, letter in _letters(table).items())
    return (*((Mark(TIED, table.tied),) if tied else ()), *reasons)


def explained(table: Table) -> Table:
    """The table with its legend among the notes."""
    return table._replace(notes=(*table.notes, *(line.note for line in legend(table))))


def _letters(table: Table) -> dict[str, str]:
    """A letter for each reason, in the order in which a reader meets them."""
    reasons = dict.fromkeys(v.why for row in (*table.rows, *table.foot) for v in row if isinstance(v, Missing))
    names = ("".join(letters) for length in count(1) for letters in product(ascii_lowercase, repeat=length))
    return dict(zip(reasons, names, strict=False))


def _cell(column: Column, value: Value, winner: str, row: int | None, letters: dict[str, str]) -> Cell:
    if isinstance(value, str):
        return Cell(value, number=False)
    if isinstance(value, Missing):
        return Cell(MISSING, mark=letters[value.why])
    if value is None or np.isnan(point(value)):
        return Cell(MISSING)
    text, tied = column.show(value), row in column.tied
    return Cell(text, bool(winner) and _first(text) == winner, tied=tied, mark=TIED if tied else "")


def _winner(column: Column, values: list[Value]) -> str:
    """The best value as shown, so that what looks equal is marked alike; nothing wins alone."""
    points = [(point(value), value) for value in values if np.isfinite(point(value))]
    if column.best is None or len(points) < 2:
        return ""
    best = column.best([p for p, _ in points])
    return next(_first(column.show(value)) for p, value in points if p == best)


def _first(text: str) -> str:
    return text.split(" ")[0]


def point(value: Value) -> float:
    """The number in a cell, without its interval; NaN where there is none."""
    if isinstance(value, Interval | Deviation):
        return value.point
    return float("nan") if value is None or isinstance(value, str | Missing) else float(value)
