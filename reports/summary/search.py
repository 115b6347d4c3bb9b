"""A search study in numbers: final regret, rank and cost of each algorithm, and which differences are real."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from harness.statistics.bootstrap import Interval
from harness.statistics.compare import average_ranks, probability_of_improvement
from harness.statistics.mean import mean_interval
from reports.summary.duels import Duel, Family, family_of
from reports.summary.runs import Runs
from reports.words import name_of

BASELINE = "random_search"
ENOUGH_RUNS, ENOUGH_LIVE_RUNS = 100, 3
UNKNOWN = Interval(np.nan, np.nan, np.nan)


class SearchRow(NamedTuple):
    """One algorithm over its runs; evaluations, epochs and simulated seconds are means per run."""

    algorithm: str
    final: Interval
    """Mean over runs of the final regret, or of the final test value where no oracle knows the optimum."""
    median: float
    test: Interval
    rank: Interval
    improvement: Interval | None
    """The probability that a run beats a run of the baseline; None where there is nothing to compare."""
    evaluations: float
    failed: float
    epochs: float
    seconds: float
    runs: int
    ended: int
    """The runs that ended with an incumbent."""


class SearchSummary(NamedTuple):
    """The algorithms of one search study, the best first."""

    runs: Runs
    rows: tuple[SearchRow, ...]
    family: Family
    """All pairs of the algorithms that ever had an incumbent, in the order of the rows."""

    @property
    def duels(self) -> dict[str, Duel]:
        """Each algorithm that ever had an incumbent against the best one, corrected for all pairs."""
        return self.family.duels

    @property
    def tied(self) -> tuple[str, ...]:
        """Algorithms that are not significantly worse than the best one; by ranks one may even be better.

        None where the study is underpowered, for there are no tests.
        """
        tested = {} if self.underpowered else self.family.tested
        return tuple(label for label, one in tested.items() if one.word != "loses to")

    @property
    def loss(self) -> pd.DataFrame:
        """What runs end with, lower = better: one row per seed, one column per algorithm, NaN without an incumbent."""
        return loss_of(self.runs)

    @property
    def enough(self) -> int:
        """The fewest runs that a claim takes: 100 on a table, 3 on live training."""
        return enough_of(self.runs.study)

    @property
    def fewest(self) -> int:
        """The runs with an incumbent of the algorithm that has the fewest; one that has none is not compared."""
        return min((row.ended for row in self.rows if row.ended), default=0)

    @property
    def underpowered(self) -> bool:
        """Whether an algorithm has fewer runs that ended with an incumbent than a claim takes."""
        return bool(self.rows) and self.fewest < self.enough


def baseline_of(study: Mapping[str, Any]) -> str | None:
    """The label of plain random search, without options and wrappers; None where it is not in the study."""
    options = study.get("hyper", {})
    plain = (label for label in study["algorithms"] if not options.get(label) and name_of(study, label) == BASELINE)
    return next(plain, None)


def enough_of(study: Mapping[str, Any]) -> int:
    """The fewest runs that a claim takes."""
    return ENOUGH_LIVE_RUNS if study["live"] else ENOUGH_RUNS


def loss_of(runs: Runs) -> pd.DataFrame:
    """As `SearchSummary.loss`."""
    final = runs.final(runs.measure)
    return final if runs.lower_is_better else -final


def summarize_search(runs: Runs) -> SearchSummary:
    """Per-run numbers first, then means over runs with t intervals; ranks and tests are paired by seed."""
    loss = loss_of(runs)
    ranks = _ranks(loss)
    order = _order(1 if runs.lower_is_better else -1)
    rows = sorted((_row(runs, label, loss, ranks) for label in runs.labels), key=order)
    family = family_of(loss[[row.algorithm for row in rows]], enough_of(runs.study))
    return SearchSummary(runs, tuple(rows), family)


def improvement(loss: pd.DataFrame, label: str, against: str) -> Interval | None:
    """The probability that a run ends better than one of the other, paired by seed; None without a pair."""
    paired = loss[[label, against]].dropna()
    if paired.empty:
        return None
    return probability_of_improvement(paired[label].to_numpy(float), paired[against].to_numpy(float))


def mean_of(values: pd.Series) -> Interval:
    """The mean over the runs that have a value, with its t interval."""
    return mean_interval(values.dropna().to_numpy(float))


def _row(runs: Runs, label: str, loss: pd.DataFrame, ranks: dict[str, Interval]) -> SearchRow:
    own, final = runs.of(label), runs.final(runs.measure)
    return SearchRow(
        algorithm=label,
        final=mean_of(final[label]),
        median=float(final[label].median()),
        test=mean_of(runs.final("test")[label]),
        rank=ranks.get(label, UNKNOWN),
        improvement=_over_baseline(loss, label, baseline_of(runs.study)),
        evaluations=float(own["evaluations"].mean()),
        failed=float(own["failed"].mean()),
        epochs=float(own["epochs"].mean(skipna=False)),
        seconds=float(own["seconds"].mean(skipna=False)),
        runs=len(own),
        ended=int(final[label].count()),
    )


def _order(sign: int) -> Callable[[SearchRow], tuple[bool, float]]:
    return lambda row: (bool(np.isnan(row.final.point)), sign * row.final.point)


def _over_baseline(loss: pd.DataFrame, label: str, baseline: str | None) -> Interval | None:
    if baseline is None or baseline not in loss or label == baseline:
        return None
    return improvement(loss, label, baseline)


def _ranks(loss: pd.DataFrame) -> dict[str, Interval]:
    """Over the seeds with which all have an incumbent; an algorithm that never has one is not ranked."""
    paired = loss.dropna(axis="columns", how="all").dropna()
    if len(paired) < 2 or paired.columns.empty:
        return {}
    return dict(zip(paired.columns, average_ranks(paired.to_numpy(float)), strict=True))
