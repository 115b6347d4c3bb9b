"""Drawings of many cells in few bytes: what they share is written once, and a cell is a row of small numbers."""

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from reports.diagram import Diagram

WORD = re.compile(r"[A-Za-z][\w-]*")
HOLE = "\ue000"
"""A character of no language, which stands in a text where a word was."""


class Shared:
    """Values that are written once, each known by its place."""

    def __init__(self) -> None:
        self._places: dict[Hashable, int] = {}

    def place(self, value: Hashable) -> int:
        """Where the value stands; a new one comes last."""
        return self._places.setdefault(value, len(self._places))

    def all(self) -> list[Any]:
        """The values in their order."""
        return list(self._places)


def packed(diagrams: Sequence[Diagram | None]) -> dict[str, Any] | None:
    """The drawings in order, for cell.js to unpack; None where no space is known.

    A row of `rows` is: a place in `nodes`, one in `links`, one in `texts`; then places in `words`: of the edges' labels
    where the links say that they have some, and of what fills the holes of the text. `nodes` hold places in
    `spots`, which are (x, y, label); `links` whether they have labels, and places in `joins`: (source, target, bend).
    """
    if not any(diagrams):
        return None
    parts = {name: Shared() for name in ("spots", "nodes", "joins", "links", "texts", "words")}
    rows = [None if diagram is None else _row(diagram, parts) for diagram in diagrams]
    return {**{name: shared.all() for name, shared in parts.items()}, "rows": rows}


def _row(diagram: Diagram, parts: Mapping[str, Shared]) -> list[int]:
    joins = [parts["joins"].place((edge.source, edge.target, _round(edge.bend))) for edge in diagram.edges]
    spots = [parts["spots"].place((_round(node.x), _round(node.y), node.label)) for node in diagram.nodes]
    labels = [edge.label for edge in diagram.edges] if any(edge.label for edge in diagram.edges) else []
    return [
        parts["nodes"].place(tuple(spots)),
        parts["links"].place((bool(labels), *joins)),
        parts["texts"].place(WORD.sub(HOLE, diagram.text)),
        *(parts["words"].place(word) for word in (*labels, *WORD.findall(diagram.text))),
    ]


def _round(value: float) -> int | float:
    rounded = round(float(value), 3)
    return int(rounded) if rounded.is_integer() else rounded
