r"""A table as a LaTeX tabular that needs \usepackage{booktabs} and nothing else."""

from reports.tables.table import Cell, Table, cells

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "±": r"$\pm$", "µ": r"$\mu$", "τ": r"$\tau$", "−": r"$-$", "–": "--", "·": r"$\cdot$",
    "[": "{[}", "]": "{]}",
}  # fmt: skip
"""Brackets are wrapped because a row that begins with one would be read as an option of the line break before it."""

PROSE = r"p{5cm}"


def as_latex(table: Table) -> str:
    r"""The tabular in a group of its own, so that \input puts it into any table environment.

    Caption and notes are comments, and so is a column that says the same in every row: it would cost width.
    """
    body, foot = cells(table)
    kept, constant = _split(table, body)
    body, foot = ([[row[i] for i in kept] for row in rows] for rows in (body, foot))
    lines = [
        *map(_comment, (r"needs \usepackage{booktabs}", table.caption, *table.notes, *constant)),
        r"\begingroup\footnotesize\setlength{\tabcolsep}{4pt}%",
        rf"\begin{{tabular}}{{@{{}}l{''.join(PROSE if table.columns[i].prose else 'r' for i in kept[1:])}@{{}}}}",
        r"\toprule",
        " & ".join(_header(table.columns[i].header, "l" if i == 0 else "r") for i in kept) + r" \\",
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


def _split(table: Table, body: list[list[Cell]]) -> tuple[list[int], list[str]]:
    """The columns to show, and a sentence about the others."""
    columns = range(len(table.columns))
    same = [i for i in columns[1:] if len(body) > 2 and len({row[i].text for row in body}) == 1]
    text = "; ".join(f"{table.columns[i].header}: {body[0][i].text}" for i in same)
    return [i for i in columns if i not in same], [f"The same in every row: {text}."] if same else []


def _header(text: str, side: str) -> str:
    """A header of several words in two lines of like length."""
    words = text.split()
    if len(words) < 2:
        return escape(text)
    cuts = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    upper, lower = min(cuts, key=lambda lines: max(map(len, lines)))
    return rf"\shortstack[{side}]{{{escape(upper)}\\{escape(lower)}}}"


def _line(row: list[Cell]) -> str:
    return " & ".join(rf"\textbf{{{escape(cell.text)}}}" if cell.best else escape(cell.text) for cell in row) + r" \\"


def _comment(text: str) -> str:
    return "% " + " ".join(text.split())
