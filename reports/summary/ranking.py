"""How well supernets rank while they train, and whether seeds agree: tau-b of the architectures watched all the way."""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.statistics.bootstrap import Interval, bootstrap, ends
from harness.statistics.draws import draws
from harness.statistics.rank import kendall
from reports.summary.history import SCORE, Course, Moment, supernets, watched
from reports.summary.over_seeds import DETAIL, UNKNOWN, over_seeds, resamples
from reports.summary.proxy import ProxySummary

LEVEL = 0.95
LEAST = 3
"""Architectures that it takes to say anything of their order."""


class Disorder(NamedTuple):
    """Does a supernet rank alike whatever its seed? Tau-b of every two seeds' scores, mean over the pairs.

    Each seed's scores are those of its own last snapshot, after an epoch from `earliest` to `latest`, on the `n`
    architectures that all of its `seeds` scored there; beside it, tau-b with the truth there.
    """

    label: str
    earliest: int
    latest: int
    between: Interval
    truth: Interval
    n: int
    seeds: int


def rank_courses(summary: ProxySummary) -> list[Course]:
    """Tau-b of inherited scores and truth over epochs, by supernet; bounds as those of any proxy's correlation."""
    found = [_course(label, watched(summary, label, SCORE)) for label in supernets(summary)]
    return [course for course in found if course is not None]


def disorders(summary: ProxySummary, ranks: list[Course]) -> list[Disorder]:
    """Of each supernet that two seeds or more were watched of; `ranks` are its correlations on the way."""
    found = [_disorder(course, watched(summary, course.label, SCORE)) for course in ranks]
    return [one for one in found if one is not None]


def _course(label: str, rows: pd.DataFrame) -> Course | None:
    """None where no epoch has enough architectures of known truth."""
    known = _known(_snapshots(rows))
    points: dict[int, dict[int, Interval]] = {}
    for _, part in known.groupby(["epoch", "seed"]):
        epoch, seed = (int(part[column].iloc[0]) for column in ("epoch", "seed"))
        points.setdefault(epoch, {})[seed] = _tau(part, known["seed"].nunique())
    if not points:
        return None
    means = tuple(over_seeds(taus.values()) for taus in points.values())
    counts, downwards = tuple(map(len, points.values())), dict(reversed(points.items()))
    return Course(label, tuple(points), means, counts, _moment(downwards), _moment(points))


def _snapshots(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of those snapshots that have enough architectures of known truth."""
    counts = _known(rows).groupby(["epoch", "seed"]).size()
    enough = counts.index[counts >= LEAST]
    return rows[pd.MultiIndex.from_frame(rows[["epoch", "seed"]]).isin(enough)]


def _known(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.dropna(subset=["value", "truth"])


def _moment(points: Mapping[int, Mapping[int, Interval]]) -> Moment:
    """Of what each seed has at that of the epochs which comes last."""
    own = {seed: (epoch, tau) for epoch, taus in points.items() for seed, tau in taus.items()}
    epochs = [epoch for epoch, _ in own.values()]
    return Moment(over_seeds(tau for _, tau in own.values()), min(epochs), max(epochs))


def _tau(part: pd.DataFrame, seeds: int) -> Interval:
    columns = part["value"].to_numpy(float), part["truth"].to_numpy(float)
    return bootstrap(kendall, *columns, resamples=resamples(len(part), seeds, DETAIL))


def _disorder(course: Course, rows: pd.DataFrame) -> Disorder | None:
    found = _snapshots(rows)
    last = found[found["epoch"] == found.groupby("seed")["epoch"].transform("max")].drop_duplicates(["seed", "arch"])
    scores = last.pivot(index="arch", columns="seed", values="value").dropna().to_numpy(float)
    n, seeds = scores.shape
    if seeds < 2 or n < LEAST:
        return None
    truth, earliest, latest = course.last
    return Disorder(course.label, earliest, latest, _between(scores), truth, n, seeds)


def _between(scores: NDArray[np.float64]) -> Interval:
    """Mean tau-b of every two columns, with a bootstrap over the rows; undefined if it is for two of them."""
    pairs = list(combinations(scores.T, 2))
    point = float(np.mean([kendall(*pair) for pair in pairs]))
    if point != point:
        return UNKNOWN
    drawn = draws(kendall, pairs, resamples(len(scores), len(pairs), DETAIL), seed=0)
    return Interval(point, *ends(drawn.mean(axis=0), LEVEL))
