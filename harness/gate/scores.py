"""The scores of one proxy, as all comparisons of the gate take them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue

FEWEST = 10
"""With fewer architectures nothing but a flip could ever be seen."""


ROUNDING = 1e-6
"""Scores that differ by no more than this share are the same: other processors round otherwise, and break ties."""


class Scores(NamedTuple):
    """A row for each seed and architecture, sorted by both; four columns of shape (rows,).

    `arch` are whole numbers that mean the same architectures in everything that is compared; a score is higher for
    what is believed better, and undefined where it is not finite.
    """

    seed: NDArray[np.int64]
    arch: NDArray[np.int64]
    score: NDArray[np.float64]
    truth: NDArray[np.float64]

    def where(self, rows: NDArray[np.bool_]) -> "Scores":
        """The rows that are marked."""
        return Scores(self.seed[rows], self.arch[rows], self.score[rows], self.truth[rows])

    def by_seed(self) -> "list[Scores]":
        """The scores of each seed, in the order of the seeds."""
        return [self.where(self.seed == seed) for seed in np.unique(self.seed)]

    def defined(self) -> "Scores":
        """The rows with a finite score."""
        return self.where(np.isfinite(self.score))


def scores_of(
    seed: NDArray[np.int64], arch: NDArray[np.int64], score: NDArray[np.float64], truth: NDArray[np.float64]
) -> Scores:
    """Sort the rows; `BadValue` where a seed has an architecture twice, or fewer than ten of them."""
    order = np.lexsort((arch, seed))
    rows = Scores(seed[order], arch[order], score[order], truth[order])
    if ((rows.seed[1:] == rows.seed[:-1]) & (rows.arch[1:] == rows.arch[:-1])).any():
        raise BadValue("the same architecture is scored twice with one seed: give every architecture once")
    fewest = min((len(run.arch) for run in rows.by_seed()), default=0)
    if fewest < FEWEST:
        raise BadValue(f"{fewest} architectures can show no loss: score at least {FEWEST} with every seed")
    return rows


def relative_change(stored: NDArray[np.float64], now: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much each score changed, as a share of the larger one: infinite where one side alone is undefined, else 0."""
    finite = np.isfinite(stored), np.isfinite(now)
    old, new = (np.where(finite[0] & finite[1], side, 0.0) for side in (stored, now))
    larger = np.maximum(np.abs(old), np.abs(new))
    return np.where(finite[0] != finite[1], np.inf, np.abs(new - old) / np.where(larger > 0, larger, 1.0))


def same_rows(stored: Scores, now: Scores) -> tuple[Scores, Scores] | None:
    """The rows of the seeds that both have, when these have the same architectures in both; None otherwise."""
    shared = np.intersect1d(stored.seed, now.seed)
    a, b = (side.where(np.isin(side.seed, shared)) for side in (stored, now))
    paired = len(a.seed) and np.array_equal(a.seed, b.seed) and np.array_equal(a.arch, b.arch)
    return (a, b) if paired else None
