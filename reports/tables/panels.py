"""A table cut to the width of a printed text: columns that do not fit stand in a panel below the first."""

from collections.abc import Sequence
from typing import NamedTuple

from reports.numbers import MISSING
from reports.tables.layout import SIGNS, lines_of, width_of
from reports.tables.table import Cell, Column, Table, cells

POINTS = 72.27
"""TeX's points in an inch."""
GAP = 8.0
"""Between two columns, in points like all below."""
LEAST = 50.0
"""What a header may take before it goes into another line."""
NAME, WORDS, PROSE = 150.0, 100.0, 150.0
"""The most that words in a first column, in another one, and in a column of prose take."""


class Track(NamedTuple):
    """How a column stands in print: its header's lines, the side that it is aligned to, and its width.

    Words wider than `most` are wrapped.
    """

    header: list[str]
    side: str
    width: float
    most: float


class Panel(NamedTuple):
    """Columns that stand beside each other."""

    tracks: list[Track]
    body: list[list[Cell]]
    foot: list[list[Cell]]


def panels(table: Table, width: float) -> tuple[list[Panel], list[str]]:
    """The table for a text `width` inches wide, and a sentence about the columns that are left out.

    A column without a best value that says the same in every row is left out: it would cost width. The first column
    stands in every panel.
    """
    body, foot = cells(table)
    same = _same(table, body)
    shown = [i for i in range(len(table.columns)) if i not in same]
    tracks = [_track(table.columns[i], [row[i] for row in (*body, *foot)], i == 0) for i in shown]
    found = []
    for group in _groups([track.width for track in tracks], width * POINTS):
        own, below = ([[row[shown[i]] for i in group] for row in rows] for rows in (body, foot))
        found.append(Panel([tracks[i] for i in group], own, [row for row in below if any(c.text for c in row[1:])]))
    text = "; ".join(f"{table.columns[i].header}: {body[0][i].text}" for i in same)
    return found, [f"The same in every row: {text}."] if same else []


def _same(table: Table, body: list[list[Cell]]) -> list[int]:
    columns = list(enumerate(table.columns))[1:] if len(body) > 2 else []
    return [
        i for i, column in columns if column.best is None and len({(row[i].text, row[i].mark) for row in body}) == 1
    ]


def _track(column: Column, own: Sequence[Cell], first: bool) -> Track:
    most = PROSE if column.prose else NAME if first else WORDS
    widest = max((_width(cell, most) for cell in own), default=0.0)
    word = max((width_of(part) for word in column.header.split() for part in SIGNS.findall(word)), default=0.0)
    header = lines_of(column.header, max(widest, LEAST, min(word, WORDS)))
    numbers = any(cell.number and cell.text != MISSING for cell in own)
    words = any(cell.text and not cell.number for cell in own)
    side = "l" if first or (words and not numbers) else "r"
    return Track(header, side, max(widest, *map(width_of, header)), most)


def _width(cell: Cell, most: float) -> float:
    if not cell.number:
        return min(width_of(cell.text), most)
    return width_of(cell.text + (cell.mark if not cell.tied else ""), cell.best)


def _groups(widths: list[float], limit: float) -> list[list[int]]:
    """The numbers of the columns in each panel: as few panels as their order allows, the widest as narrow as it can."""
    found = _filled(widths, limit)
    while True:
        widest = max(_total(widths, group) for group in found)
        tighter = _filled(widths, widest - 0.01)
        if len(tighter) > len(found) or max(_total(widths, group) for group in tighter) >= widest:
            return found
        found = tighter


def _filled(widths: list[float], limit: float) -> list[list[int]]:
    """Panels that take columns while there is room; the first column is in all, and never alone."""
    groups = [[0]]
    for i in range(1, len(widths)):
        if len(groups[-1]) > 1 and _total(widths, [*groups[-1], i]) > limit:
            groups.append([0])
        groups[-1].append(i)
    return groups


def _total(widths: list[float], group: list[int]) -> float:
    return sum(widths[i] + GAP for i in group) - GAP
