"""An SVG file as a piece of a page: no header, ids of its own, inks that follow the page's light or dark mode."""

import html
import re

from reports.figures.style import BLUE, GREEN, INK, MUTED, ORANGE, PAPER, PURPLE, RULE, SKY, VERMILLION

VARIABLES = {
    INK: "ink", MUTED: "muted", RULE: "rule", PAPER: "paper", BLUE: "blue", VERMILLION: "vermillion", GREEN: "green",
    PURPLE: "purple", ORANGE: "orange", SKY: "sky",
}  # fmt: skip
"""Colours that the page's style sheet may change, by their variable."""

HEADER = re.compile(r"^.*?(?=<svg)|<metadata>.*?</metadata>|<!--.*?-->", re.DOTALL)
SPACES = re.compile(r"\sxmlns(:\w+)?=\"[^\"]*\"")
TAG = re.compile(r"<[^>]*>")
LONG = re.compile(r"(-?\d+\.\d{2})\d+")


def inline(svg: str, name: str, label: str) -> str:
    """The SVG element: it scales to its box, `name` makes its ids unique, and `label` is what a screen reader says."""
    text = HEADER.sub("", svg)
    opening, body = text.split(">", 1)
    opening = re.sub(r'\s(width|height|version)="[^"]*"', "", SPACES.sub("", opening))
    opening += f' role="img" aria-label="{html.escape(label, quote=True)}"'
    return f"{opening}>{TAG.sub(lambda tag: _tag(tag.group(), name), body)}".strip()


def _tag(tag: str, name: str) -> str:
    """A tag of the body; what stands between tags is text, which may look like an attribute and is none."""
    tag = re.sub(r'\sid="([^"]*)"', rf' id="{name}-\1"', SPACES.sub("", tag))
    tag = tag.replace("url(#", f"url(#{name}-")
    tag = re.sub(r'(?:xlink:)?href="#', f'href="#{name}-', tag).replace("xlink:href=", "href=")
    tag = re.sub(r'(?<=[ "])d="[^"]*"', lambda path: LONG.sub(r"\1", path.group()), tag)
    for color, variable in VARIABLES.items():
        tag = tag.replace(color, f"var(--{variable})")
    return tag
