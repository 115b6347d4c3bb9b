"""A table as GitHub-flavoured Markdown."""

import re

from harness.visible import visible
from reports.tables.table import Cell, Table, cells


def as_markdown(table: Table) -> str:
    """The caption, the table with the best values in bold, and the notes."""
    body, foot = cells(table)
    header = [Cell(column.header) for column in table.columns]
    rule = "|".join((":--", *["--:"] * (len(table.columns) - 1)))
    lines = [_line(header), f"|{rule}|", *map(_line, body), *map(_line, foot)]
    notes = "".join(f"\n{_escape(note)}\n" for note in table.notes)
    return f"{_escape(table.caption)}\n\n" + "\n".join(lines) + "\n" + notes


def _line(row: list[Cell]) -> str:
    return "| " + " | ".join(map(_cell, row)) + " |"


def _cell(cell: Cell) -> str:
    text = f"**{_escape(cell.text)}**" if cell.best else _escape(cell.text)
    return f"{text}<sup>{cell.mark}</sup>" if cell.mark else text


def _escape(text: str) -> str:
    return re.sub(r"([\\`*_|<>\[\]&$~])", r"\\\1", visible(" ".join(text.split())))
