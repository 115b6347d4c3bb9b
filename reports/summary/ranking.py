"""How well supernets rank while they train, and whether seeds agree: tau-b of the architectures watched all the way."""

from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.statistics.bootstrap import Interval, bootstrap, ends
from harness.statistics.draws import draws
from harness.statistics.rank import kendall
from reports.summary.history import SCORE, Course, supernets, watched
from reports.summary.over_seeds import DETAIL, UNKNOWN, over_seeds, resamples
from reports.summary.proxy import ProxySummary

LEVEL = 0.95
LEAST = 3
"""Architectures that it takes to say anything of their order."""


class Disorder(NamedTuple):
    """Does a supernet rank alike whatever its seed? Tau-b of every two seeds' scores, mean over the pairs.

    On the `n` architectures that all of its `seeds` scored at the last `epoch`; beside it, tau-b with the truth there.
    """

    label: str
    epoch: int
    between: Interval
    truth: Interval
    n: int
    seeds: int


def rank_courses(summary: ProxySummary) -> list[Course]:
    """Tau-b of inherited scores and truth over epochs, by supernet; bounds as those of any proxy's correlation."""
    found = [_course(label, watched(summary, label, SCORE)) for label in supernets(summary)]
    return [course for course in found if course is not None]


def disorders(summary: ProxySummary, ranks: list[Course]) -> list[Disorder]:
    """Of each supernet that two seeds or more were watched of to the end; `ranks` are its correlations on the way."""
    found = [_disorder(course, watched(summary, course.label, SCORE)) for course in ranks]
    return [one for one in found if one is not None]


def _course(label: str, rows: pd.DataFrame) -> Course | None:
    """None where no epoch has enough architectures of known truth."""
    known = rows.dropna(subset=["value", "truth"])
    points: dict[int, list[Interval]] = {}
    for _, part in known.groupby(["epoch", "seed"]):
        if len(part) >= LEAST:
            points.setdefault(int(part["epoch"].iloc[0]), []).append(_tau(part, known["seed"].nunique()))
    if not points:
        return None
    return Course(label, tuple(points), tuple(map(over_seeds, points.values())), tuple(map(len, points.values())))


def _tau(part: pd.DataFrame, seeds: int) -> Interval:
    columns = part["value"].to_numpy(float), part["truth"].to_numpy(float)
    return bootstrap(kendall, *columns, resamples=resamples(len(part), seeds, DETAIL))


def _disorder(course: Course, rows: pd.DataFrame) -> Disorder | None:
    last = rows[rows["epoch"] == course.epochs[-1]].drop_duplicates(["seed", "arch"])
    scores = last.pivot(index="arch", columns="seed", values="value").dropna().to_numpy(float)
    n, seeds = scores.shape
    if seeds < 2 or n < LEAST:
        return None
    return Disorder(course.label, course.epochs[-1], _between(scores), course.values[-1], n, seeds)


def _between(scores: NDArray[np.float64]) -> Interval:
    """Mean tau-b of every two columns, with a bootstrap over the rows; undefined if it is for two of them."""
    pairs = list(combinations(scores.T, 2))
    point = float(np.mean([kendall(*pair) for pair in pairs]))
    if point != point:
        return UNKNOWN
    drawn = draws(kendall, pairs, resamples(len(scores), len(pairs), DETAIL), seed=0)
    return Interval(point, *ends(drawn.mean(axis=0), LEVEL))
