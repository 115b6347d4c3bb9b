"""What every figure of a report is drawn with."""

from typing import NamedTuple

from reports.figures.style import Stroke, Style


class Pen(NamedTuple):
    """The style of the venue, and how each algorithm and proxy of the report is drawn, by label."""

    style: Style
    strokes: dict[str, Stroke]
