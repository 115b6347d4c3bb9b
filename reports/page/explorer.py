"""The data behind "look at an architecture": ranks and scores of one seed, and a drawing of each cell, in few bytes."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from reports.diagram import diagram_of
from reports.page.cells import packed
from reports.summary.learning import featured
from reports.summary.proxy import ProxyRow, ProxySummary

Explorer = Mapping[str, Any]
"""Plain data for explorer.js."""

MOST_CELLS, MOST_SCORES = 2000, 24_000
"""Architectures on a page, and scores: with many proxies, fewer architectures keep it small."""
EXACT = 1e12
"""Whole numbers below this are written with all their digits."""


def explorer_of(summary: ProxySummary) -> dict[str, Any] | None:
    """The architectures of the first seed with all that is known of them; None where nothing has been scored.

    A proxy's ranks are among the architectures that it has a score for, ties sharing their mean rank; rank 1 is best.
    Where there are more than fit a page, a random part of them is shown with ranks among all.
    """
    rows, frame = featured(summary), summary.frame
    if not rows or frame.empty:
        return None
    frame = frame[frame["seed"] == frame["seed"].min()]
    frame = frame[np.isfinite(frame["score"].to_numpy(float)) & frame["truth"].notna()]
    table = frame.drop_duplicates("arch").set_index("arch").sort_index()
    if table.empty:
        return None
    kept = _kept(len(table), len(rows))
    columns: list[list[float]] = []
    proxies = [_proxy(row, frame, table.index, kept, columns) for row in rows]
    archs, study = [int(arch) for arch in table.index[kept]], summary.study
    sign = 1 if study["maximize"] else -1
    return {
        "number": study["study"],
        "space": study["space"],
        "metric": study["truth"]["metric"],
        "unit": study["unit"],
        "all": len(table),
        "archs": archs,
        "truth": [_short(sign * value, 6) for value in table["truth"].to_numpy(float)[kept]],
        "params": _params(table, kept),
        "proxies": [proxy for proxy in proxies if proxy],
        "truth_ranks": columns,
        "cells": packed([diagram_of(study["space"], arch) for arch in archs]),
    }


def _kept(count: int, proxies: int) -> NDArray[np.int64]:
    """The places of those that are shown."""
    most = min(MOST_CELLS, MOST_SCORES // proxies)
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, most, replace=False))


def _proxy(
    row: ProxyRow, frame: pd.DataFrame, archs: pd.Index, kept: NDArray[np.int64], columns: list[list[float]]
) -> dict[str, Any] | None:
    """Scores and ranks of one proxy; `columns` takes its ranks by truth, which most proxies share."""
    own = frame[frame["proxy"] == row.proxy].set_index("arch").reindex(archs)
    known = own["score"].notna().to_numpy()
    if not known.any():
        return None
    by_truth = _ranks(own["truth"].to_numpy(float), known, kept)
    if by_truth not in columns:
        columns.append(by_truth)
    return {
        "name": row.proxy,
        "scores": [_short(value) for value in own["score"].to_numpy(float)[kept]],
        "ranks": _ranks(own["score"].to_numpy(float), known, kept),
        "truth": columns.index(by_truth),
        "n": int(known.sum()),
        "k": row.k,
    }


def _ranks(values: NDArray[np.float64], known: NDArray[np.bool_], kept: NDArray[np.int64]) -> list[Any]:
    """The rank of each kept value among the known ones, None where it is not known."""
    ranks = np.full(len(values), np.nan)
    ranks[known] = rankdata(-values[known])
    return [_short(rank, 9) for rank in ranks[kept]]


def _params(table: pd.DataFrame, kept: NDArray[np.int64]) -> list[int | float | None] | None:
    """Weights of each architecture; None where no architecture's are known."""
    if "params" not in table or table["params"].isna().all():
        return None
    return [_short(value) for value in table["params"].to_numpy(float)[kept]]


def _short(value: float, digits: int = 4) -> int | float | None:
    """A whole number as it is, another with so many significant digits; None for what is not finite."""
    if not math.isfinite(value):
        return None
    if float(value).is_integer() and abs(value) < EXACT:
        return int(value)
    return float(f"{value:.{digits}g}")
