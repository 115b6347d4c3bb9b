r"""A table as LaTeX that needs \usepackage{booktabs} and nothing else: to compile alone, or to \input into a paper."""

import re

from reports.tables.latex_text import escape
from reports.tables.layout import parts_of, width_of
from reports.tables.panels import WORDS, Panel, Track, panels
from reports.tables.table import TIED, Cell, Mark, Table, legend

LONG = 50
"""Rows that still stand on a page."""

NEGATIVE = re.compile(r"(?<![\w.])-(?=\d)")
"""A hyphen that is read as a minus."""

HEAD = r"""\expandafter\ifx\csname @nodocument\endcsname\relax
\let\nasgaugeend\relax
\else
\csname documentclass\endcsname{{article}}
\usepackage[paperwidth={paper:g}in,paperheight={tall:g}in,textwidth={width:g}in,textheight={height:g}in]{{geometry}}
\usepackage{{booktabs}}
\begin{{document}}
\pagestyle{{empty}}\setlength{{\parindent}}{{0pt}}\setlength{{\parskip}}{{6pt}}\sloppy
{caption}\par
\def\nasgaugeend{{\par\footnotesize
{notes}
\end{{document}}}}
\fi
"""
r"""What makes the file a document where there is none: in a paper LaTeX has let \@nodocument be \relax, and skips it.

The class is called in a roundabout way because programs take a file with the usual line for the main one of a paper.
"""


def as_latex(table: Table, width: float = 6.5) -> str:
    r"""The table for a text `width` inches wide, with its legend below.

    It is one box in a group of its own, so that \input puts it into any table environment. Caption and notes are seen
    where the file is compiled alone, and are comments elsewhere.
    """
    parts, left_out = panels(table, width)
    marks = {cell.mark for part in parts for row in (*part.body, *part.foot) for cell in row}
    lines = [line for line in legend(table) if line.mark in marks]
    notes = [*(note for note in table.notes if note not in {line.note for line in lines}), *left_out]
    rows = sum(len(part.body) + len(part.foot) for part in parts)
    long = [f"{rows} rows: longer than a page."] if rows > LONG else []
    use = r"compile it alone, or \input it where there is \usepackage{booktabs}"
    comments = "".join(f"% {' '.join(text.split())}\n" for text in (use, table.caption, *notes, *long))
    return comments + _head(table.caption, notes, rows, width) + _box(parts, lines) + "\\nasgaugeend\n"


def _head(caption: str, notes: list[str], rows: int, width: float) -> str:
    """A page as wide and as long as the table needs."""
    height = 9 if rows <= LONG else min(9 + 0.3 * (rows - LONG), 180)
    said = "\n".join(rf"{_breakable(note, 72 * width)}\par" for note in notes)
    caption = _breakable(caption, 60 * width)
    return HEAD.format(paper=width + 2, width=width, height=height, tall=height + 2, caption=caption, notes=said)


def _box(parts: list[Panel], lines: list[Mark]) -> str:
    """The panels below each other, and the legend as wide as they are."""
    tabulars = [_tabular(part) for part in parts]
    inner = tabulars[0]
    if len(parts) > 1:
        inner = "\\begin{tabular}{@{}l@{}}\n" + "\\\\\\addlinespace[8pt]\n".join(tabulars) + "\\\\\n\\end{tabular}"
    if lines:
        inner = f"\\sbox0{{%\n{inner}}}%\n{_under(lines)}"
    return f"\\begingroup\\footnotesize\\setlength{{\\tabcolsep}}{{4pt}}%\n{inner}\\endgroup\n"


def _under(lines: list[Mark]) -> str:
    """The legend below the table that is in box 0."""
    text = "\\par\n".join(map(_meaning, lines))
    return f"\\begin{{minipage}}{{\\wd0}}\\usebox0\\par\\vspace{{2pt}}\\raggedright\n{text}\\end{{minipage}}"


def _tabular(panel: Panel) -> str:
    lines = [
        rf"\begin{{tabular}}{{@{{}}{''.join(track.side for track in panel.tracks)}@{{}}}}",
        r"\toprule",
        " & ".join(map(_header, panel.tracks)) + r" \\",
        r"\midrule",
        *(_line(row, panel.tracks) for row in panel.body),
        *((r"\midrule",) if panel.foot else ()),
        *(_line(row, panel.tracks) for row in panel.foot),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines)


def _header(track: Track) -> str:
    lines = r"\\".join(map(escape, track.header))
    return rf"\shortstack[{track.side}]{{{lines}}}" if len(track.header) > 1 else lines


def _line(row: list[Cell], tracks: list[Track]) -> str:
    return " & ".join(_cell(cell, track.most) for cell, track in zip(row, tracks, strict=True)) + r" \\"


def _cell(cell: Cell, most: float) -> str:
    if not cell.number and width_of(cell.text) > most:
        return rf"\parbox[t]{{{most:g}pt}}{{\raggedright {_breakable(cell.text, most)}\strut}}"
    text = escape(NEGATIVE.sub("−", cell.text) if cell.number else cell.text)
    text = rf"\textbf{{{text}}}" if cell.best else text
    if cell.tied:
        return rf"\underline{{{text}}}"
    return rf"{text}\textsuperscript{{{escape(cell.mark)}}}" if cell.mark else text


def _meaning(line: Mark) -> str:
    if line.mark == TIED:
        return rf"\underline{{Underlined}}: {_breakable(line.meaning, WORDS)}."
    return rf"\textsuperscript{{{escape(line.mark)}}}\,{_breakable(line.meaning, WORDS)}."


def _breakable(text: str, width: float) -> str:
    """The text with places in words that are too long for a line where it may be broken."""
    return " ".join(r"\allowbreak ".join(map(escape, parts_of(word, width))) for word in text.split())
