"""How wide text is in print, and where to break it.

Widths are in points for Computer Modern at 8 points, the letters of most classes' footnotes, and rounded up.
"""

import re

from reports.tables.latex_text import WRITTEN_OUT, escape

CLASSES = (
    ("!',.:;[]`il|", 2.4),
    (" -I_fj", 3.1),
    ("()rst†", 3.5),
    ('"*/0123456789\\^acegoz{}~–', 4.3),
    ("JSbdhknpquvxyτ", 4.75),
    ("BCEFLPTZw", 6.1),
    ("#%m", 7.1),
    ("MW", 8.8),
)
WIDTHS = {character: width for characters, width in CLASSES for character in characters}
OTHER = 6.7
"""The other capital letters and signs."""
PLACE = 45.0
"""A character of which the place in Unicode is given."""
BOLD = 1.15
SIGNS = re.compile(r".+?(?:[_,(/=-]+|$)")
"""A part of a word up to a place where a reader accepts a break."""


def width_of(text: str, bold: bool = False) -> float:
    """The width of a line in points; at least what it takes."""
    return sum(map(_width, text)) * (BOLD if bold else 1)


def _width(character: str) -> float:
    if character in WIDTHS:
        return WIDTHS[character]
    return PLACE if escape(character).startswith(WRITTEN_OUT) else OTHER


def lines_of(text: str, width: float) -> list[str]:
    """The text in lines of at most `width`, broken at blanks, or within a word that is too long for a line."""
    lines = [""]
    for word in text.split():
        *most, last = parts_of(word, width)
        for part in (*most, f"{last} "):
            if lines[-1] and width_of(f"{lines[-1]}{part}".rstrip()) > width:
                lines.append("")
            lines[-1] += part
    return [line.rstrip() for line in lines]


def parts_of(word: str, width: float) -> list[str]:
    """The word in parts of at most `width`: cut after signs, and between letters where that is not enough."""
    if width_of(word) <= width:
        return [word]
    return [piece for part in SIGNS.findall(word) for piece in _pieces(part, width)]


def _pieces(part: str, width: float) -> list[str]:
    """The part itself, or as many of its letters at a time as there is room for."""
    step = len(part) if width_of(part) <= width else max(int(width // max(map(_width, part))), 1)
    return [part[i : i + step] for i in range(0, len(part), step)]
