"""A search study in numbers: final regret, rank and cost of each algorithm, and which differences are real."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from harness.statistics.bootstrap import Interval
from harness.statistics.compare import average_ranks, probability_of_improvement
from harness.statistics.mean import mean_interval
from reports.summary.runs import Runs

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
    """The probability that a run beats a run of random search; None where there is nothing to compare."""
    evaluations: float
    failed: float
    epochs: float
    seconds: float
    runs: int


class SearchSummary(NamedTuple):
    """The algorithms of one search study, the best first."""

    runs: Runs
    rows: tuple[SearchRow, ...]
    tied: tuple[str, ...]
    """Algorithms whose paired difference from the best one has a 95 % interval that holds zero."""

    @property
    def underpowered(self) -> bool:
        """Whether an algorithm has fewer runs than a table (100) or live training (3) needs."""
        enough = ENOUGH_LIVE_RUNS if self.runs.study["live"] else ENOUGH_RUNS
        return any(row.runs < enough for row in self.rows)


def summarize_search(runs: Runs) -> SearchSummary:
    """Per-run numbers first, then means over runs with t intervals; ranks and differences are paired by seed."""
    final = runs.final(runs.measure)
    loss = final if runs.measure == "regret" else -final
    ranks = _ranks(loss)
    rows = sorted((_row(runs, label, final, loss, ranks) for label in runs.labels), key=_order(runs.measure))
    return SearchSummary(runs, tuple(rows), _tied(loss, [row.algorithm for row in rows]))


def mean_of(values: pd.Series) -> Interval:
    """The mean over the runs that have a value, with its t interval."""
    return mean_interval(values.dropna().to_numpy(float))


def _row(runs: Runs, label: str, final: pd.DataFrame, loss: pd.DataFrame, ranks: dict[str, Interval]) -> SearchRow:
    own = runs.of(label)
    return SearchRow(
        algorithm=label,
        final=mean_of(final[label]),
        median=float(final[label].median()),
        test=mean_of(runs.final("test")[label]),
        rank=ranks.get(label, UNKNOWN),
        improvement=_improvement(loss, label),
        evaluations=float(own["evaluations"].mean()),
        failed=float(own["failed"].mean()),
        epochs=float(own["epochs"].mean(skipna=False)),
        seconds=float(own["seconds"].mean(skipna=False)),
        runs=len(own),
    )


def _order(measure: str) -> Callable[[SearchRow], tuple[bool, float]]:
    sign = 1 if measure == "regret" else -1
    return lambda row: (bool(np.isnan(row.final.point)), sign * row.final.point)


def _ranks(loss: pd.DataFrame) -> dict[str, Interval]:
    paired = loss.dropna()
    if len(paired) < 2:
        return {}
    return dict(zip(loss.columns, average_ranks(paired.to_numpy(float)), strict=True))


def _improvement(loss: pd.DataFrame, label: str) -> Interval | None:
    if label == BASELINE or BASELINE not in loss:
        return None
    paired = loss[[label, BASELINE]].dropna()
    if paired.empty:
        return None
    return probability_of_improvement(paired[label].to_numpy(float), paired[BASELINE].to_numpy(float))


def _tied(loss: pd.DataFrame, order: list[str]) -> tuple[str, ...]:
    differences = {label: mean_of(loss[label] - loss[order[0]]) for label in order[1:]}
    return tuple(label for label, difference in differences.items() if not (difference.low > 0))
