"""How figures look: sizes, inks, and colours that colour-blind readers can tell apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter

WIDTH = 4.8
"""Inches: a figure for a paper's text column that is still legible across a phone."""

INK, MUTED, RULE, PAPER = "#1b1b1b", "#6a6a6a", "#d6d6d6", "#ffffff"
BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"
"""Okabe and Ito, Color Universal Design (2008), without the black and the yellow."""

CYCLE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
DASHES: tuple[Any, ...] = ("-", (0, (4, 1.2)), (0, (1, 1)))

RC = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 8.5,
    "figure.dpi": 100,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "legend.fontsize": 8,
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


KEPT = ("backend", "backend_fallback", "interactive", "toolbar", "timezone")
"""Settings of the user's that have no say in how a saved figure looks."""


class Stroke(NamedTuple):
    """How one algorithm is drawn, in every figure."""

    color: str
    dashes: Any


@contextmanager
def styled(salt: str) -> Iterator[None]:
    """Draw and save in our style, whatever the user's settings; `salt` makes the ids in an SVG reproducible."""
    settings: dict[Any, Any] = {key: mpl.rcParamsDefault[key] for key in mpl.rcParamsDefault if key not in KEPT}
    with mpl.rc_context(settings | RC | {"svg.hashsalt": salt}):
        yield


def strokes(labels: list[str], baseline: str | None = None) -> dict[str, Stroke]:
    """A colour and dashes per label: grey for the baseline, then the palette, then the palette dashed."""
    others = [label for label in labels if label != baseline]
    found = {
        label: Stroke(CYCLE[i % len(CYCLE)], DASHES[i // len(CYCLE) % len(DASHES)]) for i, label in enumerate(others)
    }
    return found if baseline is None else found | {baseline: Stroke(MUTED, "-")}


def canvas(height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    """A figure without global state, and its axes."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


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
