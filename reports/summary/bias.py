"""Which operations a proxy over-rates."""

import inspect
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.statistics.bias import operation_bias
from harness.statistics.bootstrap import Interval
from reports.spaces import space_named
from reports.summary.learning import featured
from reports.summary.over_seeds import DETAIL, UNKNOWN, over_seeds, resamples
from reports.summary.proxy import ProxySummary

LEAST = 30
"""Architectures below which nothing is said of operations."""


class BiasRow(NamedTuple):
    """One proxy: by how many percentage points of rank one more of each operation is over-rated.

    One more in place of an average one, for all counts add up to the number of decisions: the values add up to zero.
    """

    proxy: str
    operations: tuple[Interval, ...]


class Bias(NamedTuple):
    """The proxies of a study by the operations of its space."""

    operations: tuple[str, ...]
    rows: tuple[BiasRow, ...]


class Counts(NamedTuple):
    """How often each operation occurs in each architecture of a space, by official index."""

    operations: tuple[str, ...]
    table: NDArray[np.int64]


def bias_of(summary: ProxySummary) -> Bias | None:
    """Bias by operation; None where the decisions of the space do not all choose among the same named operations."""
    counts = counts_of(summary.study["space"])
    if counts is None:
        return None
    frame = summary.frame
    rows = [BiasRow(row.proxy, _bias(frame[frame["proxy"] == row.proxy], counts)) for row in featured(summary)]
    return Bias(counts.operations, tuple(rows))


def counts_of(space: str) -> Counts | None:
    """The operations that a space's module names, counted; None where its decisions choose among other things too."""
    found = space_named(space)
    operations = tuple(getattr(inspect.getmodule(type(found)), "OPERATIONS", ()))
    if found is None or set(found.choices) != {len(operations)}:
        return None
    archs = np.array(found.all())
    return Counts(operations, (archs[:, :, None] == np.arange(len(operations))).sum(axis=1))


def _bias(frame: pd.DataFrame, counts: Counts) -> tuple[Interval, ...]:
    """The bias by operation, mean over the seeds with enough architectures."""
    known = frame.dropna(subset=["score", "truth"])
    parts = [part for _, part in known.groupby("seed") if len(part) >= LEAST]
    found = [
        operation_bias(
            part["score"].to_numpy(float),
            part["truth"].to_numpy(float),
            counts.table[part["arch"].to_numpy(int)],
            resamples=resamples(len(part), len(parts), DETAIL),
        )
        for part in parts
    ]
    seeds = zip(*found, strict=True) if found else [(UNKNOWN,)] * len(counts.operations)
    return tuple(over_seeds(one, -100.0, 100.0) for one in seeds)
