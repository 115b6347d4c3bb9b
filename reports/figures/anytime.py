"""What a search has in hand after so much time."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from harness.statistics.anytime import anytime as anytime_band
from harness.statistics.band import Band
from reports.figures.ends import name_ends
from reports.figures.hover import Hover, Line, Scale, hover_lines
from reports.figures.pen import Pen
from reports.figures.style import INK, PLAIN, Stroke, canvas, log_ticks
from reports.plot import Plot
from reports.summary.runs import Runs
from reports.words import clock_axis, clock_name, measure_name, unit_of

POINTS, RESAMPLES = 300, 400
ANALYTIC = "random search, analytic"


class Curves(NamedTuple):
    """Mean and interval over runs of each algorithm at the same times; NaN before all runs have an incumbent."""

    times: NDArray[np.float64]
    bands: dict[str, Band]


def curves_of(runs: Runs) -> Curves | None:
    """The anytime curves of a study; None where no run ever had an incumbent."""
    steps = {label: list(curves.values()) for label in runs.labels if (curves := runs.curves(label))}
    if not steps:
        return None
    first = min(max(curve.times[0] for curve in curves) for curves in steps.values())
    last = runs.study["budget"].get(runs.clock) or max(curve.times[-1] for curves in steps.values() for curve in curves)
    low = max(first, last * 1e-6)
    times = np.geomspace(low, max(last, low * 1.01), POINTS)
    return Curves(times, {label: anytime_band(curves, times, resamples=RESAMPLES) for label, curves in steps.items()})


def anytime(runs: Runs, pen: Pen) -> Plot | None:
    """The mean of the incumbents over time with 95 % bands; None where no run ever had one."""
    curves = curves_of(runs)
    if curves is None:
        return None
    caption = f"Mean {measure_name(runs)} of the incumbent over {clock_name(runs)}, with 95 % bootstrap bands."
    figure = draw_anytime(runs, curves, pen)
    if _expected(runs, curves) is not None:
        caption += " Dash-dotted: what random search is expected to have, at the mean seconds of an evaluation."
    if figure.axes[0].get_yscale() == "log" and any((band.mean == 0).any() for band in curves.bands.values()):
        caption += " A curve that leaves the log axis below has reached regret 0 in every run."
    caption += _unfinished(runs)
    return Plot(
        f"anytime_{runs.study['study']}", caption, figure, _data(curves, runs), _hover(figure, runs, curves, pen)
    )


def draw_anytime(runs: Runs, curves: Curves, pen: Pen) -> Figure:
    """Step functions with 95 % bands, and the analytic expectation of random search as a thin reference."""
    figure, axes = canvas(pen.style, 0.65)
    for label, band in curves.bands.items():
        color, dashes, _ = pen.strokes[label]
        axes.fill_between(curves.times, band.low, band.high, step="post", color=color, alpha=0.18, linewidth=0)
        axes.step(curves.times, band.mean, where="post", color=color, linestyle=dashes, linewidth=1.4, snap=False)
    expected = _expected(runs, curves)
    if expected is not None:
        dashes = (0, (5, 2, 1, 2))
        axes.step(*expected, where="post", color=INK, linewidth=0.8, linestyle=dashes, label=ANALYTIC)
        figure.legend(loc="outside upper center", handlelength=2.6)
    _scales(axes, runs, curves)
    axes.set_xlabel(clock_axis(runs))
    axes.set_ylabel(f"{measure_name(runs)}{unit_of(runs.study)}")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    name_ends(figure, axes, {label: float(band.mean[-1]) for label, band in curves.bands.items()}, pen.strokes)
    return figure


def _unfinished(runs: Runs) -> str:
    """What the means leave out, and what they carry on."""
    empty = int(runs.table[runs.measure].isna().sum())
    left_out = f" Runs that never had an incumbent are left out ({empty:,})." if empty else ""
    known = runs.study["budget"].get(runs.clock) is not None
    return left_out if known else f"{left_out} A run that has ended keeps its last incumbent."


def _data(curves: Curves, runs: Runs) -> pd.DataFrame:
    """The curves at the times that are drawn, and the expectation of random search."""
    clock, measure, unit = clock_axis(runs), measure_name(runs), unit_of(runs.study)
    names = [f"mean {measure}{unit}", f"low{unit}", f"high{unit}"]
    parts = [
        pd.DataFrame({"algorithm": label, clock: curves.times, **dict(zip(names, band, strict=True))})
        for label, band in curves.bands.items()
    ]
    expected = _expected(runs, curves)
    if expected is not None:
        parts.append(pd.DataFrame({"algorithm": ANALYTIC, clock: expected[0], names[0]: expected[1]}))
    return pd.concat(parts, ignore_index=True)


def _hover(figure: Figure, runs: Runs, curves: Curves, pen: Pen) -> Hover:
    lines = [
        Line(label, curves.times.tolist(), band.mean.tolist(), pen.strokes[label],
             band.low.tolist(), band.high.tolist(), step=True)
        for label, band in curves.bands.items()
    ]  # fmt: skip
    expected = _expected(runs, curves)
    if expected is not None:
        seconds, regret = (part.tolist() for part in expected)
        lines.append(Line(ANALYTIC, seconds, regret, Stroke(INK, (0, (5, 2, 1, 2)), "o"), step=True))
    log = figure.axes[0].get_yscale() == "log"
    title = f"{measure_name(runs)}{unit_of(runs.study)}"
    return hover_lines(lines, Scale(clock_axis(runs), log=True), Scale(title, log=log))


def _expected(runs: Runs, curves: Curves) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Random search's exact curve within the times that are drawn."""
    oracle = runs.study.get("random_search")
    if not oracle or runs.measure != "regret" or runs.clock != "seconds":
        return None
    seconds, regret = np.array(oracle["seconds"], float), np.array(oracle["expected_regret"], float)
    shown = (seconds >= curves.times[0]) & (seconds <= curves.times[-1])
    return (seconds[shown], regret[shown]) if shown.sum() > 1 else None


def _scales(axes: Axes, runs: Runs, curves: Curves) -> None:
    """Log time; log regret where it is positive and falls by more than half. The limits are those of the means."""
    means = np.concatenate([band.mean for band in curves.bands.values()])
    ends = np.concatenate([part for band in curves.bands.values() for part in band])
    means, ends = means[np.isfinite(means)], ends[np.isfinite(ends)]
    axes.set_xlim(curves.times[0], curves.times[-1])
    log_ticks(axes, "x", PLAIN)
    positive = means[means > 0]
    if runs.measure == "regret" and means.min() >= 0 and len(positive) and positive.max() > 2 * positive.min():
        low = max(ends[ends > 0].min(), positive.min() / 2)
        axes.set_ylim(low / 1.08, ends.max() * 1.08)
        log_ticks(axes, "y", PLAIN)
    else:
        margin = 0.06 * (means.max() - means.min()) or 0.5
        axes.set_ylim(means.min() - margin, means.max() + margin)
