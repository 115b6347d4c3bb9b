"""How figures look: sizes, inks, and colours that colour-blind readers can tell apart."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter


class Style(NamedTuple):
    """How wide figures are, in inches, and their letters: for the page, or for a venue's column and whole text."""

    name: str
    column: float
    page: float
    size: float
    """Points of the text."""
    font: str


SANS, SERIF = "DejaVu Sans", "STIXGeneral"
STYLES = {
    style.name: style
    for style in (
        Style("web", 4.8, 7.0, 8.5, SANS),
        Style("aaai", 3.3, 7.0, 8.0, SERIF),
        Style("acl", 3.03, 6.3, 8.0, SERIF),
        Style("acm", 3.33, 7.0, 8.0, SERIF),
        Style("cvpr", 3.25, 6.875, 8.0, SERIF),
        Style("iclr", 5.5, 5.5, 8.5, SERIF),
        Style("icml", 3.25, 6.75, 8.0, SERIF),
        Style("ieee", 3.5, 7.16, 8.0, SERIF),
        Style("jmlr", 6.0, 6.0, 9.0, SERIF),
        Style("lncs", 4.8, 4.8, 8.5, SERIF),
        Style("neurips", 5.5, 5.5, 8.5, SERIF),
    )
}
"""The page's own, legible across a phone, and those of venues; one-column ones have a column as wide as the page."""

WEB = STYLES["web"]

INK, MUTED, RULE, PAPER = "#1b1b1b", "#6a6a6a", "#d6d6d6", "#ffffff"
BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"
"""Okabe and Ito, Color Universal Design (2008), without the black and the yellow."""

CYCLE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
DASHES: tuple[Any, ...] = ("-", (0, (4, 1.2)), (0, (1, 1)))
MARKERS = "osD^vPX<>"

RC = {
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.dpi": 100,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "legend.frameon": False,
    "path.simplify": False,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.major.width": 0.7,
    "xtick.minor.width": 0.4,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.major.width": 0.7,
    "ytick.minor.width": 0.4,
}


SMALLER = 0.5
"""Points that small text is smaller."""

KEPT = ("backend", "backend_fallback", "interactive", "toolbar", "timezone")
"""Settings of the user's that have no say in how a saved figure looks."""


class Stroke(NamedTuple):
    """How one algorithm or proxy is drawn, in every figure."""

    color: str
    dashes: Any
    marker: str


@contextmanager
def styled(salt: str, style: Style = WEB) -> Iterator[None]:
    """Draw and save in our style, whatever the user's settings; `salt` makes the ids in an SVG reproducible."""
    settings: dict[Any, Any] = {key: mpl.rcParamsDefault[key] for key in mpl.rcParamsDefault if key not in KEPT}
    letters = {"font.family": style.font, "font.size": style.size, "axes.titlesize": style.size}
    letters |= {"legend.fontsize": style.size - SMALLER}
    with mpl.rc_context(settings | RC | letters | {"svg.hashsalt": salt}):
        yield


def strokes(labels: Sequence[str], baseline: str | None = None) -> dict[str, Stroke]:
    """Colour, dashes and marker per label: grey for the baseline, then the palette, then the palette dashed."""
    others = [label for label in labels if label != baseline]
    found = {
        label: Stroke(CYCLE[i % len(CYCLE)], DASHES[i // len(CYCLE) % len(DASHES)], MARKERS[i % len(MARKERS)])
        for i, label in enumerate(others)
    }
    return found if baseline is None else found | {baseline: Stroke(MUTED, "-", "*")}


def canvas(style: Style, height: float, *, wide: bool = False) -> tuple[Figure, Axes]:
    """A figure without global state, and its axes: a column or the whole text wide, `height` times that high."""
    figure = blank(style, height, wide=wide)
    return figure, figure.add_subplot()


def blank(style: Style, height: float, *, wide: bool = False) -> Figure:
    """A figure without axes, `height` times its width high."""
    width = style.page if wide else style.column
    figure = Figure(figsize=(width, height * width), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def small() -> float:
    """Points of small text in the style that is drawn in."""
    return float(mpl.rcParams["font.size"]) - SMALLER


PLAIN = FuncFormatter(lambda value, _: f"{value:,.10g}")
"""Numbers in digits, on a log axis too."""


def log_ticks(axes: Axes, which: str, show: FuncFormatter) -> None:
    """A log axis with labels at the decades, and between them where it spans only a few."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axes.set_xscale("log") if which == "x" else axes.set_yscale("log")
    low, high = axis.get_view_interval()
    steps = (1.0, 2.0, 5.0) if high < 100 * low else (1.0, 3.0) if high < 3000 * low else (1.0,)
    ticks = [t for t in LogLocator(subs=steps, numticks=99).tick_values(low, high) if low * 0.999 <= t <= high * 1.001]
    if high >= 1e8 * low:
        ticks = ticks[::2]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(show)
    axis.set_minor_formatter(NullFormatter())
