"""The page: a template filled with sentences, figures and tables."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from reports.figures.hover import Hover
from reports.tables.table import Cell, Table, cells

TEMPLATES = Path(__file__).parent.parent / "templates"


class Picture(NamedTuple):
    """A figure on the page: inline SVG elements, the name of its files, and what a mouse shows."""

    name: str
    caption: str
    svgs: tuple[str, ...]
    small: bool = False
    hover: Hover | None = None


class Section(NamedTuple):
    """A part of the page: a study, or several together; `content` stands there in its order."""

    title: str
    sentences: list[str]
    content: tuple[Picture | Table, ...]
    protocol: list[tuple[str, str]]
    provenance: Mapping[str, Any]

    @property
    def tables(self) -> list[Table]:
        """The tables among the content."""
        return [one for one in self.content if isinstance(one, Table)]


class Claims(NamedTuple):
    """What became of the claims that the experiment puts to the test."""

    sentences: list[str]
    table: Table


class Document(NamedTuple):
    """What the page says; `manifests` are those of the results that it was made of."""

    title: str
    manifests: list[Mapping[str, Any]]
    sections: list[Section]
    claims: Claims | None
    ledger: Table


def render(document: Document) -> str:
    """The HTML document; everything that comes from data is escaped."""
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["cells"] = _html_cells
    environment.filters["svg"] = Markup
    environment.tests["table"] = lambda one: isinstance(one, Table)
    environment.filters["json"] = lambda value: json.dumps(value, indent=2, ensure_ascii=False)
    environment.filters["soft"] = _soft
    environment.filters["tight"] = lambda text: text.replace(" ± ", "\u00a0±\u00a0").replace("τ-b ", "τ\u2011b\u00a0")
    return environment.get_template("index.html").render(document._asdict())


def _soft(text: str) -> Markup:
    """The escaped text with places after underscores and brackets where a narrow screen may break it."""
    return Markup("<wbr>").join(map(escape, re.split(r"(?<=[_(,])(?=\w)", text.replace("τ-b", "τ\u2011b"))))


def _html_cells(table: Table) -> dict[str, list[list[Cell]]]:
    body, foot = cells(table)
    return {"body": body, "foot": foot}
