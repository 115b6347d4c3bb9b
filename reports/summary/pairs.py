"""Is the best proxy better than the next ones? Paired over the same architectures and seeds."""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from harness.statistics.bootstrap import Interval
from harness.statistics.difference import Difference, proxy_difference
from harness.statistics.rank import kendall
from reports.summary.learning import featured
from reports.summary.over_seeds import DETAIL, mean_over, over_seeds, resamples
from reports.summary.proxy import ProxySummary

Statistic = Callable[..., float]
"""A correlation of two columns."""

RIVALS, LEAST = 5, 10
"""Proxies that the best one is compared with, and the fewest common architectures."""


class PairRow(NamedTuple):
    """The best proxy and another: how far its correlation is ahead, and the probability that it is at all."""

    best: str
    other: str
    difference: Interval
    probability: float
    n: int
    seeds: int


def pairs_of(summary: ProxySummary) -> list[PairRow]:
    """The best proxy against each of the next ones; empty where fewer than two have a correlation."""
    known = [row.proxy for row in featured(summary) if row.kendall.point == row.kendall.point]
    rows = [pair_of(summary.frame, known[0], other) for other in known[1 : RIVALS + 1]]
    return [row for row in rows if row is not None]


def pair_of(
    frame: pd.DataFrame, best: str, other: str, statistic: Statistic = kendall, share: float = DETAIL
) -> PairRow | None:
    """By how much one proxy is ahead of another, on the architectures and seeds that both scored; None with too few.

    `share` is how much of a report's work goes into it.
    """
    columns = ["seed", "arch", "score", "truth"]
    mine, theirs = (frame.loc[frame["proxy"] == label, columns].dropna() for label in (best, other))
    common = mine.merge(theirs, on=["seed", "arch"], suffixes=("", "_other"))
    parts = [part for _, part in common.groupby("seed") if len(part) >= LEAST]
    if not parts:
        return None
    draws = [resamples(len(part), len(parts), share) for part in parts]
    found = [_difference(part, statistic, count) for part, count in zip(parts, draws, strict=True)]
    return PairRow(
        best=best,
        other=other,
        difference=over_seeds((one.interval for one in found), -2.0, 2.0),
        probability=mean_over(one.probability for one in found),
        n=min(map(len, parts)),
        seeds=len(parts),
    )


def _difference(part: pd.DataFrame, statistic: Statistic, draws: int) -> Difference:
    best, other, truth = (part[name].to_numpy(float) for name in ("score", "score_other", "truth"))
    return proxy_difference(best, other, truth, statistic, resamples=draws)
