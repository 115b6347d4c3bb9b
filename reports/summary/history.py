"""What was watched of supernets while they trained: numbers after each epoch, over seeds."""

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from harness.statistics.bootstrap import Interval
from harness.statistics.mean import mean_interval
from reports.summary.proxy import ProxySummary
from reports.words import name_of

SCORE, DERIVED = "score", "derived"
"""What is watched of architectures: their scores on the way, and which one would be chosen."""
SHARES = ("skip_share", "derived_skips")
"""Numbers between 0 and 1."""
TRAINING = ("inherited_fine_tune",)
"""Items that train a supernet of which nothing is watched."""


class Moment(NamedTuple):
    """What seeds have at their own first epoch, or at their own last one: the mean over all of them.

    Some may stop before others: these epochs are from `earliest` to `latest`.
    """

    value: Interval
    earliest: int
    latest: int


class Course(NamedTuple):
    """A number of one supernet after some of its epochs: means over seeds with 95 % intervals.

    `seeds` counts, for each of the epochs, those that have the number. Where some stop early, the last of the `values`
    are of those that went on; `first` and `last` are of all seeds.
    """

    label: str
    epochs: tuple[int, ...]
    values: tuple[Interval, ...]
    seeds: tuple[int, ...]
    first: Moment
    last: Moment


def supernets(summary: ProxySummary) -> list[str]:
    """The labels of which something was watched, in the order of the rows: the best correlation first."""
    watched = set(summary.history["proxy"])
    return [row.proxy for row in summary.rows if row.proxy in watched]


def trained(summary: ProxySummary) -> set[str]:
    """The labels that train a supernet with each seed, whether something was watched of it or not."""
    named = {row.proxy for row in summary.rows if name_of(summary.study, row.proxy) in TRAINING}
    return named | set(supernets(summary))


def diverged(summary: ProxySummary, label: str) -> list[int]:
    """The seeds with which something that was watched is no finite number."""
    rows = summary.history[summary.history["proxy"] == label]
    return sorted(rows.loc[~np.isfinite(rows["value"].astype(float)), "seed"].unique().tolist())


def watched(summary: ProxySummary, label: str, measure: str) -> pd.DataFrame:
    """The rows of a supernet and a measure, without seeds with which it diverged."""
    rows = summary.history[summary.history["proxy"] == label]
    lost = diverged(summary, label)
    return rows[(rows["measure"] == measure) & ~rows["seed"].isin(lost)]


def at_end(summary: ProxySummary, label: str, measure: str) -> pd.DataFrame:
    """The last row of each seed that did not diverge, in the order of the seeds."""
    return _own(watched(summary, label, measure), "last")


def measures_of(summary: ProxySummary) -> list[str]:
    """What was watched of whole supernets, in the order in which it comes."""
    found = summary.history["measure"].unique().tolist()
    return [str(measure) for measure in found if measure not in (SCORE, DERIVED)]


def courses_of(summary: ProxySummary, measure: str) -> list[Course]:
    """The course of a measure for each supernet of which it was watched."""
    found = {label: watched(summary, label, measure) for label in supernets(summary)}
    return [course(label, measure, rows) for label, rows in found.items() if len(rows)]


def course(label: str, measure: str, rows: pd.DataFrame) -> Course:
    """Means over seeds with Student's t interval, of rows with `epoch` and `value`."""
    epochs, values = rows["epoch"].to_numpy(int), rows["value"].to_numpy(float)
    parts = {int(epoch): values[epochs == epoch].tolist() for epoch in np.unique(epochs)}
    means = tuple(over_seeds_of(measure, part) for part in parts.values())
    first, last = _moment(measure, _own(rows, "first")), _moment(measure, _own(rows, "last"))
    return Course(label, tuple(parts), means, tuple(map(len, parts.values())), first, last)


def over_seeds_of(measure: str, values: list[float]) -> Interval:
    """The mean of a measure over seeds with its t interval, which for a share ends at 0 and 1."""
    found = mean_interval(values)
    if measure not in SHARES or found.low != found.low:
        return found
    return Interval(found.point, max(found.low, 0.0), min(found.high, 1.0))


def _own(rows: pd.DataFrame, which: Literal["first", "last"]) -> pd.DataFrame:
    """The first or the last row of each seed."""
    ordered = rows.sort_values("epoch", kind="stable")
    return ordered.drop_duplicates("seed", keep=which).sort_values("seed")


def _moment(measure: str, rows: pd.DataFrame) -> Moment:
    """Of one row per seed."""
    value = over_seeds_of(measure, rows["value"].tolist())
    return Moment(value, int(rows["epoch"].min()), int(rows["epoch"].max()))
