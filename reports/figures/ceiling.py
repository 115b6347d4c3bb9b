"""The noise ceiling as a band across a figure."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from reports.figures.style import INK, MUTED, PAPER, small
from reports.numbers import number
from reports.summary.ceiling import Ceiling


def draw_ceiling(axes: Axes, ceiling: Ceiling, meaning: str = "") -> Bbox:
    """The band of the noise ceiling with its name, and what it means, at the left; returns its box in data units."""
    tau = ceiling.kendall
    low, high = (tau.low, tau.high) if np.isfinite(tau.low) else (tau.point, tau.point)
    axes.axhspan(low, high, color=MUTED, alpha=0.22, linewidth=0, zorder=0)
    axes.axhline(tau.point, color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
    text = f"noise ceiling {number(tau.point)}{meaning}"
    axes.annotate(text, (0.015, high), (0, 1.5), ("axes fraction", "data"), "offset points", color=INK, va="bottom",
                  fontsize=small() - 0.5, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6})  # fmt: skip
    left, right = axes.get_xlim()
    rise = (axes.get_ylim()[1] - axes.get_ylim()[0]) * 0.05
    return Bbox.from_extents(left, low, right, high + rise)
