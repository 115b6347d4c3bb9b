"""What supernets would choose: the architecture that each derives, how good it is, and how many skips it has."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.summary.bias import counts_of
from reports.summary.history import DERIVED, Course, at_end, course, supernets, watched
from reports.summary.proxy import ProxySummary

SKIP, SKIPS = "skip_connect", "derived_skips"
"""The operation whose share tells of a collapse, and what this share is called in claims."""


class Chosen(NamedTuple):
    """The architecture that a supernet derives with one seed when its training ends.

    `skips` is the share of its decisions that are skip connections. `truth` is in the direction of the metric; `rank`
    is its place by truth among the `among` architectures that the study scored, 1 = best, `better` the share of these
    that it beats, and `regret` how far it is behind the best of them, below 0 if ahead. NaN where not known.
    """

    label: str
    seed: int
    epoch: int
    arch: int
    skips: float
    truth: float
    rank: float
    better: float
    regret: float
    among: int


def chosen_of(summary: ProxySummary) -> list[Chosen]:
    """A row for each supernet and seed that did not diverge, the best correlation first."""
    sign = 1 if summary.study["maximize"] else -1
    scored = summary.frame.drop_duplicates("arch")["truth"].dropna().to_numpy(float)
    skips, found = skips_of(summary), []
    for label in supernets(summary):
        for _, row in at_end(summary, label, DERIVED).iterrows():
            arch, truth = int(row["arch"]), float(row["truth"])
            share = float("nan") if skips is None else float(skips[arch])
            place = _place(truth, scored)
            found.append(
                Chosen(label, int(row["seed"]), int(row["epoch"]), arch, share, sign * truth, *place, len(scored))
            )
    return found


def derived_courses(summary: ProxySummary) -> list[Course]:
    """The share of skip connections in the derived architecture over epochs; empty where a space has no skips."""
    skips = skips_of(summary)
    if skips is None:
        return []
    found = {label: watched(summary, label, DERIVED) for label in supernets(summary)}
    return [
        course(label, SKIPS, rows.assign(value=skips[rows["arch"].to_numpy(int)]))
        for label, rows in found.items()
        if len(rows)
    ]


def skips_of(summary: ProxySummary) -> NDArray[np.float64] | None:
    """The share of skip connections among the decisions of each architecture, by official index; None without any."""
    counts = counts_of(summary.study["space"])
    if counts is None or SKIP not in counts.operations:
        return None
    shares: NDArray[np.float64] = counts.table[:, counts.operations.index(SKIP)] / counts.table[0].sum()
    return shares


def _place(truth: float, scored: NDArray[np.float64]) -> tuple[float, float, float]:
    """Rank, share that is worse, and distance to the best of what was scored."""
    if truth != truth or not len(scored):
        return float("nan"), float("nan"), float("nan")
    return 1.0 + float((scored > truth).sum()), float((scored < truth).mean()), float(scored.max()) - truth
