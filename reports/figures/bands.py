"""Curves over time with bands, named at their ends: the more there are, the higher the figure."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from harness.statistics.band import Band
from reports.figures.ends import name_ends
from reports.figures.hover import Line
from reports.figures.labels import wrapped
from reports.figures.pen import Pen
from reports.figures.style import Style, canvas, log_ticks, small

PLAIN = FuncFormatter(lambda value, _: f"{value:,.10g}")
HEIGHT = 0.65
"""The least height of a figure as a share of its width."""
LINE, BESIDE = 1.3, 14
"""The height of a line of text, in its size, and how long a line of a name beside a curve is."""
AROUND = 36.0
"""Points above and below the axes."""


class Bands(NamedTuple):
    """What each algorithm has at the same times; the curves are step functions."""

    times: NDArray[np.float64]
    bands: dict[str, Band]


def draw_bands(found: Bands, pen: Pen, limits: tuple[float, float], titles: tuple[str, str]) -> Figure:
    """Curves with 95 % bands over the logarithm of time, within the limits of the other axis."""
    figure, axes = canvas(pen.style, max(HEIGHT, _names(list(found.bands), pen.style)))
    for label, band in found.bands.items():
        color, dashes, _ = pen.strokes[label]
        axes.fill_between(found.times, band.low, band.high, step="post", color=color, alpha=0.16, linewidth=0)
        axes.step(found.times, band.mean, where="post", color=color, linestyle=dashes, linewidth=1.4, snap=False)
    axes.set(xlim=(found.times[0], found.times[-1]), ylim=limits, xlabel=titles[0], ylabel=titles[1])
    log_ticks(axes, "x", PLAIN)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    name_ends(figure, axes, {label: float(band.mean[-1]) for label, band in found.bands.items()}, pen.strokes)
    return figure


def with_bands(found: Bands) -> str:
    """What a caption says of the bands, where there are any: with one run there are none."""
    known = any(np.isfinite(band.low).any() for band in found.bands.values())
    return " with 95 % bootstrap bands" if known else ""


def band_lines(found: Bands, pen: Pen) -> list[Line]:
    """The curves for a mouse."""
    return [
        Line(label, found.times.tolist(), band.mean.tolist(), pen.strokes[label], band.low.tolist(),
             band.high.tolist(), step=True)
        for label, band in found.bands.items()
    ]  # fmt: skip


def band_data(found: Bands, time: str, value: str) -> pd.DataFrame:
    """A row per algorithm and time; the columns of the time and of the value are called so."""
    parts = [
        pd.DataFrame({"algorithm": label, time: found.times, value: band.mean, "low": band.low, "high": band.high})
        for label, band in found.bands.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _names(labels: list[str], style: Style) -> float:
    """The height of a figure whose axes are as high as the names beside them, as a share of its width."""
    lines = sum(1.15 + wrapped(label, BESIDE).count("\n") for label in labels)
    return (LINE * small() * lines + AROUND) / (72 * style.column)
