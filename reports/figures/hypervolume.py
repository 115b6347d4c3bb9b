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
        f"Mean share of the hypervolume of {target} that the fronts of the runs cover, looked at after "
        f"{len(found.counts)} numbers of evaluations, with 95 % bootstrap bands; a front is what a run takes for it, "
        "judged by what it is worth."
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
        axes.fill_between(found.counts, low, high, step="post", color=color, alpha=0.18, linewidth=0)
        axes.step(found.counts, mean, where="post", color=color, linestyle=dashes, linewidth=1.4, snap=False)
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
    low, high = _limits(found, log)
    axes.set_ylim(low, high)
    if log:
        axes.yaxis.set_major_locator(FixedLocator(_ticks(low, high)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _percent(1 - 10.0**-value if log else value)))


def _limits(found: Fronts, log: bool) -> tuple[float, float]:
    heights = np.concatenate([_height(band.mean, log) for band in found.bands.values()])
    heights = heights[np.isfinite(heights)]
    margin = 0.06 * float(heights.max() - heights.min()) or 0.05
    return float(heights.min()) - margin, float(heights.max()) + margin


def _ticks(low: float, high: float) -> list[float]:
    """On a log axis, at 1, 2 and 5 in each decade of what is missing."""
    decades = range(int(np.floor(low)), int(np.ceil(high)) + 1)
    ticks = sorted({decade - float(np.log10(step)) for decade in decades for step in STEPS})
    return [tick for tick in ticks if low <= tick <= high]


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
    """The steps on the axis that they are drawn on."""
    log, lines = is_log(found), []
    for label, band in found.bands.items():
        mean, low, high = (_height(part, log).tolist() for part in band)
        said = [f"{100 * m:.4g} % [{100 * lo:.4g}, {100 * hi:.4g}]" for m, lo, hi in zip(*band, strict=True)]
        lines.append(Line(label, found.counts.tolist(), mean, pen.strokes[label], low, high, said, step=True))
    hover = hover_lines(lines, Scale("evaluations", log=True), Scale("hypervolume covered"))
    for trace in hover["data"]:
        if "text" in trace:
            trace["hovertemplate"] = "<b>%{fullData.name}</b><br>%{text} after %{x:,.4~g}<extra></extra>"
    low, high = _limits(found, log)
    axis = {"range": [low, high], "tickformat": ".4~%"}
    if log:
        ticks = _ticks(low, high)
        axis |= {"tickvals": ticks, "ticktext": [_percent(1 - 10.0**-tick) for tick in ticks]}
    hover["layout"]["yaxis"] |= axis
    return hover
