"""Where along the truth a proxy ranks: among poor architectures, or among good ones too."""

from typing import NamedTuple

import pandas as pd

from harness.statistics.bins import Bin, correlation_by_bin
from harness.statistics.bootstrap import Interval
from reports.summary.learning import featured
from reports.summary.over_seeds import DETAIL, mean_over, over_seeds, resamples
from reports.summary.proxy import ProxySummary

BINS, LEAST = 5, 10
"""Bins of about equally many architectures, for equal truths share one; the fewest that are worth a correlation."""


class BinRow(NamedTuple):
    """One proxy's tau-b in each bin, from the lowest truth to the highest."""

    proxy: str
    kendall: tuple[Interval, ...]


class Bins(NamedTuple):
    """The proxies of a study by bins of the truth, whose ends are means over the seeds of the best proxy."""

    edges: tuple[tuple[float, float], ...]
    rows: tuple[BinRow, ...]


def bins_of(summary: ProxySummary) -> Bins | None:
    """Tau-b by bin of the truth; None where no proxy scored enough architectures."""
    frame = summary.frame
    found = {row.proxy: _binned(frame[frame["proxy"] == row.proxy]) for row in featured(summary)}
    first = next((seeds for seeds in found.values() if seeds), None)
    if first is None:
        return None
    edges = [(mean_over(bins[i].low for bins in first), mean_over(bins[i].high for bins in first)) for i in range(BINS)]
    rows = [
        BinRow(label, tuple(over_seeds(bins[i].kendall for bins in seeds) for i in range(BINS)))
        for label, seeds in found.items()
    ]
    return Bins(tuple(edges), tuple(rows))


def _binned(frame: pd.DataFrame) -> list[list[Bin]]:
    """The bins of each seed that scored enough architectures, and whose truth has no ties across whole bins."""
    known = frame.dropna(subset=["score", "truth"])
    parts = [part for _, part in known.groupby("seed") if len(part) >= BINS * LEAST]
    seeds = [
        correlation_by_bin(
            part["score"].to_numpy(float),
            part["truth"].to_numpy(float),
            bins=BINS,
            resamples=resamples(len(part), len(parts), DETAIL),
        )
        for part in parts
    ]
    return [bins for bins in seeds if len(bins) == BINS]
