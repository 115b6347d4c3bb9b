r"""A table as a LaTeX tabular that needs \usepackage{booktabs} and nothing else."""

from reports.tables.table import Cell, Table, cells

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    "±": r"$\pm$", "µ": r"$\mu$", "τ": r"$\tau$", "×": r"$\times$", "−": r"$-$", "–": "--", "·": r"$\cdot$", "≥": r"$\geq$",
    "[": "{[}", "]": "{]}",
}  # fmt: skip
"""Brackets are wrapped because a row that begins with one would be read as an option of the line break before it."""


def as_latex(table: Table) -> str:
    r"""The tabular in a group of its own, so that \input puts it into any table environment; notes are comments."""
    body, foot = cells(table)
    header = [Cell(column.header) for column in table.columns]
    lines = [
        *(_comment(line) for line in (r"needs \usepackage{booktabs}", table.caption, *table.notes)),
        r"\begingroup\footnotesize\setlength{\tabcolsep}{4pt}%",
        rf"\begin{{tabular}}{{@{{}}l{'r' * (len(table.columns) - 1)}@{{}}}}",
        r"\toprule",
        _line(header),
        r"\midrule",
        *map(_line, body),
        *((r"\midrule",) if foot else ()),
        *map(_line, foot),
        r"\bottomrule",
        r"\end{tabular}\endgroup",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """The text with every character that LaTeX reads as a command written out."""
    return "".join(SPECIAL.get(character, character) for character in " ".join(text.split()))


def _line(row: list[Cell]) -> str:
    return " & ".join(rf"\textbf{{{escape(cell.text)}}}" if cell.best else escape(cell.text) for cell in row) + r" \\"


def _comment(text: str) -> str:
    return "% " + " ".join(text.split())
