"""A figure with what belongs to it: a caption, its numbers, and what a mouse shows."""

from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from reports.figures.hover import Hover


class Plot(NamedTuple):
    """A figure of the report, drawn inside `styled(name, style)`.

    `name` is that of its files, `data` what it shows, in long form: whoever reads it can draw the figure again. On the
    page, small `panels` may take the figure's place, each with what it shows in words.
    """

    name: str
    caption: str
    figure: Figure
    data: pd.DataFrame
    hover: Hover | None = None
    panels: tuple[tuple[str, Figure], ...] = ()
