"""Who is ahead of whom after so much time, whatever the data set's scale."""

import numpy as np
from numpy.typing import NDArray

from harness.statistics.anytime import step_values
from harness.statistics.band import Band
from harness.statistics.ranks_over_time import ranks_over_time
from reports.figures.bands import Bands, band_data, band_lines, draw_bands, with_bands
from reports.figures.hover import Scale, hover_lines
from reports.figures.pen import Pen
from reports.plot import Plot
from reports.summary.group import Group
from reports.summary.runs import Curve
from reports.summary.timeline import Timeline, timeline_of

Array = NDArray[np.float64]
POINTS, RESAMPLES = 150, 400
TITLE = "average rank (1 = best)"


def ranks(group: Group, suffix: str, pen: Pen) -> Plot | None:
    """Average ranks over time with 95 % bands; None with fewer than two algorithms, or no seed that all have."""
    timeline = timeline_of(group)
    if timeline is None or len(group.labels) < 2:
        return None
    found = ranks_of(group, timeline)
    if found is None:
        return None
    ends = np.concatenate([part[np.isfinite(part)] for band in found.bands.values() for part in band])
    limits = (max(1.0, float(ends.min())) - 0.15, min(len(group.labels), float(ends.max())) + 0.15)
    figure = draw_bands(found, pen, limits, (timeline.axis, TITLE))
    hover = hover_lines(band_lines(found, pen), Scale(timeline.axis, log=True), Scale(TITLE))
    return Plot(f"ranks{suffix}", _caption(group, found), figure, band_data(found, timeline.key, "average_rank"), hover)


def ranks_of(group: Group, timeline: Timeline) -> Bands | None:
    """Ranks within each data set and seed, averaged over seeds and data sets; without an incumbent a run is last.

    They begin where all runs of one algorithm have an incumbent.
    """
    parts = list(zip(group.searches, timeline.curves, strict=True))
    seeds = [sorted(set.intersection(*(set(one.runs.of(label)["seed"]) for label in group.labels))) for one, _ in parts]
    if not all(seeds):
        return None
    firsts = [max(c.times[0] for _, one in parts for c in one[label].values()) for label in group.labels]
    times = np.geomspace(min(max(min(firsts), timeline.end * 1e-6), timeline.end / 1.01), timeline.end, POINTS)
    tables = []
    for (search, curves), own in zip(parts, seeds, strict=True):
        sign = 1.0 if search.runs.lower_is_better else -1.0
        rows = [[_held(curves[label].get(seed), sign, times) for label in group.labels] for seed in own]
        tables.append(np.array(rows))
    every = ranks_over_time(tables, RESAMPLES)
    return Bands(times, {label: Band(*(part[i] for part in every)) for i, label in enumerate(group.labels)})


def _held(curve: Curve | None, sign: float, times: Array) -> Array:
    """The loss in hand at each time, infinite before there is one."""
    if curve is None:
        return np.full(len(times), np.inf)
    held = sign * step_values(curve.times, curve.values, times)
    return np.where(np.isnan(held), np.inf, held)


def _caption(group: Group, found: Bands) -> str:
    where = (
        "within each data set and seed, and averaged over both"
        if len(group.searches) > 1
        else "within each seed, and averaged"
    )
    return (
        f"Average rank of the incumbent over time{with_bands(found)}: the {len(group.labels)} algorithms are "
        f"ranked {where}; ties share their rank, and a run without an incumbent ranks last."
    )
