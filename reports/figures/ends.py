"""Names at the right ends of curves."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.figures.labels import spread, wrapped
from reports.figures.style import INK, Stroke, small


def name_ends(figure: Figure, axes: Axes, ends: dict[str, float], strokes: dict[str, Stroke]) -> None:
    """Write each name beside the height of its curve's end, with a line to it where it had to move.

    An end that is not finite, or outside the axes, is at their edge. The axes' limits must be final.
    """
    low, high = axes.get_ylim()
    inside = [min(max(end if np.isfinite(end) else low, low), high) for end in ends.values()]
    names = [wrapped(label, 14) for label in ends]
    figure.draw_without_rendering()
    height = axes.get_window_extent().height
    to_axes = axes.transData + axes.transAxes.inverted()
    heights = to_axes.transform([(axes.get_xlim()[1], end) for end in inside])[:, 1]
    line = 1.3 * small() * figure.dpi / 72 / height
    places = spread(heights, np.array([line * (1.15 + name.count("\n")) for name in names]), 0.0, 1.0)
    for label, name, start, spot in zip(ends, names, heights, places, strict=True):
        arrow = {"arrowstyle": "-", "color": strokes[label].color, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0,
                 "relpos": (0, 0.5)}  # fmt: skip
        axes.annotate(
            name, (1.0, start), (1.055, spot), "axes fraction", "axes fraction",
            va="center", fontsize=small(), color=INK, arrowprops=arrow, linespacing=0.95,
        )  # fmt: skip
