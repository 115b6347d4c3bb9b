"""Which proxies say the same? The rank correlation of every two of them, and of each with the truth."""

from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from harness.statistics.rank import kendall
from reports.summary.learning import featured
from reports.summary.over_seeds import mean_over
from reports.summary.proxy import ProxySummary

Array = NDArray[np.float64]

TRUTH = "truth"
WORK = 20_000_000
"""Pairs of columns times seeds times architectures: what keeps the matrix within seconds."""
CALL = 1_000
"""As many architectures as one correlation of few architectures costs."""


class Agreement(NamedTuple):
    """Tau-b of every two columns, the truth first, then the proxies with those that agree side by side."""

    labels: tuple[str, ...]
    kendall: Array
    """Shape (columns, columns), symmetric, 1 on the diagonal; NaN where it is undefined in every seed."""
    architectures: int
    """The most that the correlations of one seed rest on."""
    seeds: int
    """The seeds whose correlations are averaged."""
    all_architectures: int
    all_seeds: int
    """What the study has of both: more where all would take too long."""


def agreement_of(summary: ProxySummary) -> Agreement | None:
    """Tau-b on the architectures that both columns know, mean over seeds; None where fewer than two proxies have one.

    Neighbours are the leaves of average-linkage clustering on 1 - tau in the optimal order (Bar-Joseph et al.,
    Bioinformatics 17, 2001), with the end that is closer to the truth in front. A pair without a correlation counts as
    uncorrelated there, and proxies without one with the truth come last.
    """
    rows = featured(summary)
    if sum(bool(np.isfinite(row.kendall.point)) for row in rows) < 2:
        return None
    labels = [row.proxy for row in rows]
    frame = summary.frame[summary.frame["proxy"].isin(labels)]
    parts = [_columns(part, labels) for _, part in frame.groupby("seed")]
    used = _affordable(parts)
    found = [_taus(part) for part in used]
    span = range(len(labels) + 1)
    taus = np.array([[mean_over(one[i, j] for one in found) for j in span] for i in span])
    order = _order(taus)
    names = [TRUTH, *labels]
    return Agreement(
        labels=tuple(names[i] for i in order),
        kendall=taus[np.ix_(order, order)],
        architectures=max(map(len, used)),
        seeds=len(used),
        all_architectures=max(map(len, parts)),
        all_seeds=len(parts),
    )


def extent(found: Agreement) -> str:
    """Which data the correlations rest on, as the end of a sentence."""
    if found.architectures < found.all_architectures:
        return f": {found.architectures:,} drawn from the {found.all_architectures:,} of the first seed"
    if found.seeds < found.all_seeds:
        first = f"mean over the first {found.seeds}" if found.seeds > 1 else "of the first"
        return f"; {first} of {found.all_seeds} seeds"
    return f"; mean over {found.seeds} seeds" if found.seeds > 1 else ""


def _columns(part: pd.DataFrame, labels: list[str]) -> Array:
    """One seed's truth and scores, shape (architectures, columns); NaN where a proxy scored nothing."""
    scores = part.pivot(index="arch", columns="proxy", values="score").reindex(columns=labels)
    truth = part.groupby("arch")["truth"].first()
    return np.column_stack([truth.reindex(scores.index).to_numpy(float), scores.to_numpy(float)])


def _affordable(parts: list[Array]) -> list[Array]:
    """The first seeds, as many as can be afforded; of a single one that is too large, a sample of architectures."""
    pairs = parts[0].shape[1] * (parts[0].shape[1] - 1) // 2
    largest = max(map(len, parts))
    seeds = WORK // (pairs * (largest + CALL))
    if seeds:
        return parts[:seeds]
    n = max(WORK // pairs - CALL, CALL)
    rows = np.sort(np.random.default_rng(0).permutation(len(parts[0]))[:n])
    return [parts[0][rows]]


def _taus(columns: Array) -> Array:
    """Tau-b of every two columns on the rows that know both."""
    taus = np.eye(columns.shape[1])
    known = np.isfinite(columns)
    for i, j in combinations(range(len(taus)), 2):
        rows = known[:, i] & known[:, j]
        taus[i, j] = taus[j, i] = kendall(columns[rows, i], columns[rows, j])
    return taus


def _order(taus: Array) -> list[int]:
    """The truth, the proxies by cluster, and those that have no correlation with the truth."""
    defined = np.flatnonzero(np.isfinite(taus[0]))[1:]
    undefined = np.flatnonzero(np.isnan(taus[0]))
    if len(defined) < 2:
        return [0, *defined.tolist(), *undefined.tolist()]
    distance = 1 - np.nan_to_num(taus[np.ix_(defined, defined)], nan=0.0)
    np.fill_diagonal(distance, 0)
    near = squareform(distance, checks=False)
    leaves = defined[leaves_list(linkage(near, "average", optimal_ordering=True))]
    if taus[0, leaves[0]] < taus[0, leaves[-1]]:
        leaves = leaves[::-1]
    return [0, *leaves.tolist(), *undefined.tolist()]
