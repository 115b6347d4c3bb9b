"""What stands below what: figures in a row beside each other, tables alone, the explorer behind its scatter."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple, Protocol

from reports.tables.table import Table

WIDE = 450
"""Points; a figure above this takes the width of the page."""


class Drawn(Protocol):
    """A figure as far as its place goes."""

    @property
    def name(self) -> str:
        """That of its files."""

    @property
    def svgs(self) -> tuple[str, ...]:
        """Its elements."""

    @property
    def small(self) -> bool:
        """Whether it is many small ones."""


class Piece(NamedTuple):
    """A table, figures that may stand beside each other, or an explorer."""

    kind: str
    value: Any


class Framed(NamedTuple):
    """A figure and its place: "alone", "beside" others, "wide", or "panels"."""

    picture: Drawn
    place: str


def pieces(content: Sequence[Drawn | Table], explorer: Mapping[str, Any] | None) -> list[Piece]:
    """A section's content from top to bottom."""
    found: list[Piece] = []
    for one in _runs(content):
        found += [Piece("table", one)] if isinstance(one, Table) else _rows(one)
    if explorer is None:
        return found
    place = next((i + 1 for i, piece in enumerate(found) if _belongs(piece, explorer)), len(found))
    return [*found[:place], Piece("explorer", explorer), *found[place:]]


def _runs(content: Sequence[Drawn | Table]) -> Iterator[Table | list[Drawn]]:
    """Tables, and the figures between them."""
    run: list[Drawn] = []
    for one in content:
        if not isinstance(one, Table):
            run.append(one)
            continue
        yield run
        run = []
        yield one
    yield run


def _rows(pictures: list[Drawn]) -> Iterator[Piece]:
    """Figures of a column's width stand beside each other, others have a row to themselves."""
    for large, group in groupby(pictures, key=lambda one: one.small or _width(one.svgs[0]) > WIDE):
        if large:
            yield from (Piece("figures", [Framed(one, "panels" if one.small else "wide")]) for one in group)
        else:
            row = list(group)
            place = "alone" if len(row) == 1 else "beside"
            yield Piece("figures", [Framed(one, place) for one in row])


def _belongs(piece: Piece, explorer: Mapping[str, Any]) -> bool:
    scatter = f"scatter_{explorer['number']}"
    return piece.kind == "figures" and any(framed.picture.name == scatter for framed in piece.value)


def _width(svg: str) -> float:
    """The width of an SVG in points; 0 where it does not say."""
    box = re.search(r'viewBox="\S+ \S+ ([\d.]+) ', svg)
    return float(box[1]) if box else 0.0
