"""A figure drawn, saved, and made fit for the page."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from reports.figures.pen import Pen
from reports.figures.save import save, to_svg
from reports.figures.style import styled
from reports.page.page import Picture
from reports.page.svg import inline
from reports.plot import Plot
from reports.tables.table import Table
from reports.wording import PLAIN, Wording

Draw = Callable[[Pen], Plot | None]
Content = tuple[Picture | Table, ...]


class Drawing(NamedTuple):
    """Where figures go, None for nowhere: then none is drawn; what they are drawn with; and the user's words."""

    folder: Path | None
    pen: Pen
    wording: Wording = PLAIN


def picture(drawing: Drawing, draw: Draw, salt: str) -> Picture | None:
    """None where there is nothing to draw, or nowhere to save it; `salt` makes ids in the SVG reproducible."""
    if drawing.folder is None:
        return None
    with styled(salt, drawing.pen.style):
        plot = draw(drawing.pen)
        if plot is None:
            return None
        plot = plot._replace(caption=drawing.wording.caption(plot.name, plot.caption))
        whole = save(plot, drawing.folder)
        parts = [(plot.caption, whole)] if not plot.panels else [(label, to_svg(one)) for label, one in plot.panels]
    many = len(parts) > 1
    svgs = (inline(svg, f"{plot.name}_{i}" if many else plot.name, label) for i, (label, svg) in enumerate(parts))
    return Picture(plot.name, plot.caption, tuple(svgs), small=bool(plot.panels), hover=plot.hover)


def known(content: Iterable[Picture | Table | None]) -> Content:
    """What there is of it."""
    return tuple(one for one in content if one is not None)
