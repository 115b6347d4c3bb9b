"""The page: a template filled with sentences, figures and tables."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from reports.figures.hover import Hover, worded
from reports.page.pieces import pieces
from reports.page.provenance import Numbers, again, provenance
from reports.page.scripts import INKS, OWN, embedded, plotly, policy
from reports.page.shown import shown
from reports.tables.table import Table

TEMPLATES = Path(__file__).parent.parent / "templates"


class Picture(NamedTuple):
    """A figure on the page: inline SVG elements, the name of its files, and what a mouse shows."""

    name: str
    caption: str
    svgs: tuple[str, ...]
    small: bool = False
    hover: Hover | None = None


class Section(NamedTuple):
    """A part of the page: a study, or several together; `content` stands there in its order.

    `explorer` is what `reports.page.explorer.explorer_of` gives.
    """

    title: str
    sentences: list[str]
    content: tuple[Picture | Table, ...]
    protocol: list[tuple[str, str]]
    explorer: Mapping[str, Any] | None = None

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
    numbers: Numbers
    notes: list[str]
    sections: list[Section]
    claims: Claims | None
    ledger: Table


def render(document: Document) -> str:
    """The HTML document; everything that comes from data is escaped.

    Figures answer to a mouse where plotly is installed; without it the page lacks nothing else.
    """
    hovers = any(isinstance(one, Picture) and one.hover for section in document.sections for one in section.content)
    early, own = _script("theme.js"), "\n".join(map(_script, OWN))
    bundle = plotly() if hovers else ""
    scripts = [early, *([bundle] if bundle else []), own]
    made = provenance(document.manifests, document.numbers)
    return _environment().get_template("index.html").render(
        **document._asdict(), made=made, again=again(document.manifests), inks=INKS,
        policy=policy(scripts), early=Markup(early), plotly=Markup(bundle), own=Markup(own),  # noqa: S704
    )  # fmt: skip


def _script(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "embedded": embedded,
        "pieces": pieces,
        "shown": shown,
        "soft": _soft,
        "svg": Markup,
        "tight": lambda text: text.replace(" ± ", "\u00a0±\u00a0").replace("τ-b ", "τ\u2011b\u00a0"),
        "worded": worded,
    }
    return environment


def _soft(text: str) -> Markup:
    """The escaped text with places where a narrow screen may break it: after _ and commas, and before brackets."""
    parts = re.split(r"(?<=[_,])(?=\w)|(?<=\w)(?=\()", text.replace("τ-b", "τ\u2011b"))
    return Markup("<wbr>").join(map(escape, parts))
