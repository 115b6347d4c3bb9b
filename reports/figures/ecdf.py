"""How many of the targets a search has reached after so much time: a runtime distribution over all data sets.

Hansen et al., "COCO: performance assessment", 2016.
"""

import numpy as np
from numpy.typing import NDArray

from harness.statistics.targets import log_targets, success_over_time, time_to_targets
from reports.figures.bands import Bands, band_data, band_lines, draw_bands, with_bands
from reports.figures.hover import Scale, hover_lines
from reports.figures.pen import Pen
from reports.plot import Plot
from reports.summary.group import Group
from reports.summary.runs import Curve
from reports.summary.search import SearchSummary, baseline_of
from reports.summary.timeline import Timeline, timeline_of

Array = NDArray[np.float64]
TARGETS, POINTS, RESAMPLES = 51, 200, 400
SHARE = "share of targets reached"


def ecdf(group: Group, suffix: str, pen: Pen) -> Plot | None:
    """The share of (data set, target) pairs reached over time with 95 % bands; None where nobody reached one."""
    timeline = timeline_of(group)
    if timeline is None:
        return None
    found = success_of(group, timeline)
    if found is None:
        return None
    figure = draw_bands(found, pen, (0.0, 1.03), (timeline.axis, SHARE))
    hover = hover_lines(band_lines(found, pen), Scale(timeline.axis, log=True), Scale(SHARE))
    return Plot(
        f"ecdf{suffix}", _caption(group, found), figure, band_data(found, timeline.key, "share_of_targets"), hover
    )


def success_of(group: Group, timeline: Timeline) -> Bands | None:
    """What share of the targets each algorithm's runs have reached; None where nobody reached one."""
    reached: dict[str, list[Array]] = {label: [] for label in group.labels}
    for search, curves in zip(group.searches, timeline.curves, strict=True):
        targets = targets_of(search, curves)
        for label, parts in reached.items():
            parts.append(_reached(search, label, curves[label], targets))
    first = min((float(one.min()) for parts in reached.values() for one in parts), default=np.inf)
    if not first < np.inf:
        return None
    low = min(max(first, timeline.end * 1e-6), timeline.end / 1.01)
    times = np.geomspace(low, timeline.end, POINTS)
    return Bands(times, {label: success_over_time(parts, times, RESAMPLES) for label, parts in reached.items()})


def targets_of(search: SearchSummary, curves: dict[str, dict[int, Curve]]) -> Array:
    """Losses from what the first architectures have to the best that was found, of the label's curves.

    Regrets are spaced evenly in their logarithm, and zero is one of them where it was reached; values of the test
    metric, negated, are spaced evenly. The easiest is the median of the baseline's first incumbents, or of all runs'.
    """
    sign = 1.0 if search.runs.lower_is_better else -1.0
    every = [sign * curve.values for one in curves.values() for curve in one.values()]
    baseline = baseline_of(search.runs.study)
    chosen = curves.get(baseline or "") or {}
    firsts = [sign * curve.values[0] for curve in chosen.values()] or [values[0] for values in every]
    losses, easiest = np.unique(np.concatenate(every)), float(np.median(firsts))
    if search.runs.measure != "regret":
        return np.linspace(easiest, losses[0], TARGETS) if losses[0] < easiest else losses[:1]
    hardest = losses[losses > 0][:1]
    spaced = log_targets(easiest, float(hardest[0]), TARGETS) if len(hardest) and hardest[0] < easiest else hardest
    return np.append(spaced, 0.0) if losses[0] <= 0 else spaced


def _reached(search: SearchSummary, label: str, curves: dict[int, Curve], targets: Array) -> Array:
    """When each run reached each target, shape (runs, targets): never, for a run without an incumbent."""
    sign = 1.0 if search.runs.lower_is_better else -1.0
    never = np.full(len(targets), np.inf)
    seeds = search.runs.of(label)["seed"].tolist()
    return np.stack([
        time_to_targets(curves[seed].times, sign * curves[seed].values, targets) if seed in curves else never
        for seed in seeds
    ])  # fmt: skip


def _caption(group: Group, found: Bands) -> str:
    first = "the median first incumbent"
    if group.baseline in group.labels:
        first += f" of {group.baseline}"
    kinds = []
    regrets = [search.runs for search in group.searches if search.runs.measure == "regret"]
    if regrets:
        zero = any((runs.table["regret"] == 0).any() for runs in regrets)
        kinds.append(
            f"{TARGETS} regrets, evenly spaced in their logarithm, from that of {first} to the smallest reached"
            + (", and zero where it was reached" if zero else "")
        )
    tests = dict.fromkeys(s.runs.study["test"] for s in group.searches if s.runs.measure != "regret")
    kinds += [f"{TARGETS} values of {test}, evenly spaced, from that of {first} to the best reached" for test in tests]
    where = " on each data set" if len(group.searches) > 1 else ""
    return (
        f"Share of the targets{where} that a run has reached, mean over runs{with_bands(found)}. Targets are "
        f"{', or '.join(kinds)}."
    )
