"""How much of the front's hypervolume searches cover, over evaluations."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter
from numpy.typing import NDArray

from reports.figures.ends import name_ends
from reports.figures.hover import Hover, Line, Scale, hover_lines
from reports.figures.pen import Pen
from reports.figures.style import canvas, log_ticks
from reports.plot import Plot
from reports.summary.fronts import Fronts

Array = NDArray[np.float64]

PLAIN = FuncFormatter(lambda value, _: f"{value:,.10g}")
STEPS = (1.0, 2.0, 5.0)
"""Where ticks may stand within a decade of the share that is missing."""
LEAST = 1e-6
"""The share that is missing where nothing is, on a log axis."""


def hypervolume(found: Fronts, pen: Pen) -> Plot | None:
    """The mean share over evaluations with 95 % bands; None where no run was ever judged."""
    if not found.bands:
        return None
    target = "the exact front" if found.exact else "the front of all that the runs evaluated"
    caption = (
        f"Mean share of the hypervolume of {target} that the fronts of the runs cover, over evaluations, with 95 % "
        "bootstrap bands; a front is what a run takes for it, judged by what it is worth."
    )
    if is_log(found):
        caption += " The axis is logarithmic in the share that is missing."
    return Plot(f"hypervolume_{found.study['study']}", caption, _draw(found, pen), _data(found), _hover(found, pen))


def is_log(found: Fronts) -> bool:
    """Whether shares are drawn by the logarithm of what is missing: where nearly all is covered."""
    missing = np.concatenate([1 - band.mean for band in found.bands.values()])
    missing = missing[missing > 0]
    return len(missing) > 0 and float(missing.min()) < 0.1


def _draw(found: Fronts, pen: Pen) -> Figure:
    figure, axes = canvas(pen.style, 0.65)
    log = is_log(found)
    for label, band in found.bands.items():
        color, dashes, _ = pen.strokes[label]
        mean, low, high = (_height(part, log) for part in band)
        axes.fill_between(found.counts, low, high, color=color, alpha=0.18, linewidth=0)
        axes.plot(found.counts, mean, color=color, linestyle=dashes, linewidth=1.4)
    _scales(axes, found, log)
    axes.set_xlabel("evaluations")
    axes.set_ylabel("hypervolume covered")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    ends = {label: _last(_height(band.mean, log)) for label, band in found.bands.items()}
    name_ends(figure, axes, ends, pen.strokes)
    return figure


def _scales(axes: Axes, found: Fronts, log: bool) -> None:
    """Log evaluations; the limits of the shares are those of the means."""
    axes.set_xlim(found.counts[0], max(found.counts[-1], found.counts[0] * 1.01))
    log_ticks(axes, "x", PLAIN)
    heights = np.concatenate([_height(band.mean, log) for band in found.bands.values()])
    heights = heights[np.isfinite(heights)]
    margin = 0.06 * (heights.max() - heights.min()) or 0.05
    low, high = heights.min() - margin, heights.max() + margin
    axes.set_ylim(low, high)
    if log:
        decades = range(int(np.floor(low)), int(np.ceil(high)) + 1)
        ticks = sorted({decade - float(np.log10(step)) for decade in decades for step in STEPS})
        axes.yaxis.set_major_locator(FixedLocator([tick for tick in ticks if low <= tick <= high]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _percent(1 - 10.0**-value if log else value)))


def _height(shares: Array, log: bool) -> Array:
    """Where on the axis shares stand: minus the logarithm of what is missing, or the share itself."""
    return -np.log10(np.maximum(1 - shares, LEAST)) if log else shares


def _percent(share: float) -> str:
    return f"{round(100 * share, 8):.8g} %"


def _last(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else float("nan")


def _data(found: Fronts) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"algorithm": label, "evaluations": found.counts, "hypervolume_share": band.mean,
                      "low": band.low, "high": band.high})
        for label, band in found.bands.items()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _hover(found: Fronts, pen: Pen) -> Hover:
    lines = [
        Line(label, found.counts.tolist(), (100 * band.mean).tolist(), pen.strokes[label],
             (100 * band.low).tolist(), (100 * band.high).tolist())
        for label, band in found.bands.items()
    ]  # fmt: skip
    return hover_lines(lines, Scale("evaluations", log=True), Scale("hypervolume covered (%)"))
