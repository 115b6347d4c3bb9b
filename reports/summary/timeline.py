"""The runs of several data sets over one time: the clock of a single one, or the share of each one's budget."""

from typing import NamedTuple

from reports.summary.group import Group
from reports.summary.runs import Curve, Runs
from reports.words import clock_axis


class Timeline(NamedTuple):
    """For each data set, what each algorithm's runs have in hand from which time on, by seed; until `end`.

    Runs that never had an incumbent have no curve. `axis` is the title of an axis of this time, `key` that of a column.
    """

    curves: tuple[dict[str, dict[int, Curve]], ...]
    end: float
    axis: str
    key: str


def timeline_of(group: Group) -> Timeline | None:
    """The curves of the group's labels; None where there is no curve."""
    if len(group.searches) == 1:
        runs = group.searches[0].runs
        curves = _curves(runs, group.labels, 1.0)
        end = _end(runs, curves)
        return Timeline((curves,), end, clock_axis(runs), runs.clock) if end else None
    every = [search.runs for search in group.searches]
    found = [_curves(runs, group.labels, _end(runs, _curves(runs, group.labels, 1.0))) for runs in every]
    return Timeline(tuple(found), 1.0, "share of the budget", "share_of_budget") if group.labels else None


def _curves(runs: Runs, labels: tuple[str, ...], unit: float) -> dict[str, dict[int, Curve]]:
    return {
        label: {seed: Curve(curve.times / unit, curve.values) for seed, curve in runs.curves(label).items()}
        for label in labels
    }


def _end(runs: Runs, curves: dict[str, dict[int, Curve]]) -> float:
    """The budget, or the end of the longest run; 0 where there is no curve."""
    longest = max((float(curve.times[-1]) for one in curves.values() for curve in one.values()), default=0.0)
    return float(runs.study["budget"].get(runs.clock) or longest) if longest else 0.0
