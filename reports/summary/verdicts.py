"""Who beats whom on how many data sets, as far as the runs can tell."""

from collections import Counter
from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from harness.statistics.bootstrap import Interval
from reports.summary.duels import Duel, Pair, Word, corrected, duel
from reports.summary.group import Group, ranking_of
from reports.summary.search import SearchSummary, baseline_of, improvement


class Outcome(NamedTuple):
    """One algorithm against another on one data set: the verdict, and the chance that a run of it ends better.

    `missing` names the algorithms without a run that could be compared, `runs` counts the pairs of runs.
    """

    title: str
    word: Word | Literal["underpowered", "not compared"]
    improvement: Interval | None
    runs: int
    missing: tuple[str, ...]


class Verdict(NamedTuple):
    """One algorithm against another on all data sets of a group, in their order."""

    algorithm: str
    against: str
    outcomes: tuple[Outcome, ...]

    def on(self, word: str) -> list[Outcome]:
        """The data sets with this verdict."""
        return [outcome for outcome in self.outcomes if outcome.word == word]


class Verdicts(NamedTuple):
    """The verdicts of a group, the clearest wins first.

    `tests` signed-rank tests were corrected for each other; the one with the most pairs of runs had `runs`.
    """

    all: tuple[Verdict, ...]
    tests: int
    runs: int


class _Place(NamedTuple):
    """A data set of the group, and what runs end with there."""

    title: str
    search: SearchSummary
    loss: pd.DataFrame

    def missing(self, pair: Pair) -> tuple[str, ...]:
        """Which of the two have no run here that ended with an incumbent."""
        return tuple(label for label in pair if label not in self.loss or self.loss[label].isna().all())


def verdicts_of(group: Group) -> Verdicts:
    """Each algorithm against the baseline; without one, the algorithm with the best average rank against each other.

    The tests are corrected for each other on all data sets, and without a baseline for those of all other pairs too,
    since the best one is chosen by the same runs. A comparison with fewer pairs of runs than a claim takes is
    underpowered whatever its p-value, and is not tested.
    """
    pairs = _pairs(group)
    family = pairs if group.baseline is not None else [*pairs, *combinations([other for _, other in pairs], 2)]
    places = [_Place(*one, one[1].loss) for one in zip(group.titles, group.searches, strict=True)]
    duels = {
        (pair, place.title): duel(place.loss, *pair) for place in places for pair in family if not place.missing(pair)
    }
    enough = {place.title: place.search.enough for place in places}
    tested = corrected({key: one for key, one in duels.items() if one.runs >= enough[key[1]]})
    weak = {key: one for key, one in duels.items() if key not in tested}
    verdicts = [
        Verdict(*pair, tuple(
            _outcome(place, pair, tested.get((pair, place.title)), weak.get((pair, place.title))) for place in places
        ))
        for pair in pairs
    ]  # fmt: skip
    return Verdicts(tuple(sorted(verdicts, key=_order)), len(tested), max((d.runs for d in tested.values()), default=0))


def _pairs(group: Group) -> list[Pair]:
    against = group.baseline
    if against is not None:
        return [(label, against) for label in group.all_labels if label != against]
    order = ranking_of(group)
    return [(order[0], label) for label in group.all_labels if label != order[0]] if order else []


def _outcome(place: _Place, pair: Pair, tested: Duel | None, weak: Duel | None) -> Outcome:
    found = tested or weak
    if found is None:
        return Outcome(place.title, "not compared", None, 0, place.missing(pair))
    word: Word | Literal["underpowered"] = tested.word if tested else "underpowered"
    return Outcome(place.title, word, _improvement(place, pair), found.runs, ())


def _improvement(place: _Place, pair: Pair) -> Interval | None:
    """That of the study's own table where it has it."""
    algorithm, against = pair
    if against == baseline_of(place.search.runs.study):
        return next(row.improvement for row in place.search.rows if row.algorithm == algorithm)
    return improvement(place.loss, *pair)


def _order(verdict: Verdict) -> tuple[int, int, float]:
    count = Counter(outcome.word for outcome in verdict.outcomes)
    shown = [one for one in verdict.outcomes if one.word != "underpowered"] or verdict.outcomes
    chances = [one.improvement.point for one in shown if one.improvement is not None]
    return -count["beats"], count["loses to"], -float(np.mean(chances)) if chances else 0.0
