"""An SVG file as a piece of a page: no header, ids of its own, inks that follow the page's light or dark mode."""

import html
import re

from reports.figures.style import BLUE, GREEN, INK, MUTED, ORANGE, PAPER, PURPLE, RULE, SKY, VERMILLION

VARIABLES = {
    INK: "ink", MUTED: "muted", RULE: "rule", PAPER: "paper", BLUE: "blue", VERMILLION: "vermillion", GREEN: "green",
    PURPLE: "purple", ORANGE: "orange", SKY: "sky",
}  # fmt: skip
"""Colours that the page's style sheet may change, by their variable."""

HEADER = re.compile(r"^.*?(?=<svg)|<metadata>.*?</metadata>|<!--.*?-->|\sxmlns(:\w+)?=\"[^\"]*\"", re.DOTALL)
LONG = re.compile(r"(-?\d+\.\d{2})\d+")


def inline(svg: str, name: str, label: str) -> str:
    """The SVG element: it scales to its box, `name` makes its ids unique, and `label` is what a screen reader says."""
    text = HEADER.sub("", svg)
    opening, body = text.split(">", 1)
    opening = re.sub(r'\s(width|height|version)="[^"]*"', "", opening)
    opening += f' role="img" aria-label="{html.escape(label, quote=True)}"'
    body = re.sub(r'\sid="([^"]*)"', rf' id="{name}-\1"', body)
    body = re.sub(r"url\(#", f"url(#{name}-", body)
    body = re.sub(r'(?:xlink:)?href="#', f'href="#{name}-', body).replace("xlink:href=", "href=")
    body = re.sub(r'(?<=[ "])d="[^"]*"', lambda path: LONG.sub(r"\1", path.group()), body)
    for color, variable in VARIABLES.items():
        body = body.replace(color, f"var(--{variable})")
    return f"{opening}>{body}".strip()
