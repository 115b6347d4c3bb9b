"""Whether scores order the architectures the other way round: the sign of a formula that got lost."""

from math import nan

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau, rankdata

from harness.gate.scores import Scores


def flip_probability(stored: Scores, now: Scores) -> float:
    """The one-sided p-value that the scores of the architectures in both are negatively correlated (Kendall's test).

    An architecture's score is its rank within the seed, averaged over seeds. NaN where there is nothing to correlate:
    fewer than three common architectures, or equal scores throughout.
    """
    sides = [_mean_ranks(side.defined()) for side in (stored, now)]
    common = np.intersect1d(sides[0][0], sides[1][0])
    if len(common) < 3:
        return nan
    ranks = [values[np.searchsorted(archs, common)] for archs, values in sides]
    if any((values == values[0]).all() for values in ranks):
        return nan
    return float(kendalltau(*ranks, alternative="less").pvalue)


def _mean_ranks(scores: Scores) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The architectures, sorted, and their average rank as a share of the seed's architectures."""
    archs, places = np.unique(scores.arch, return_inverse=True)
    ranks = np.concatenate([rankdata(run.score) / len(run.score) for run in scores.by_seed()] or [np.empty(0)])
    return archs, np.bincount(places, ranks, len(archs)) / np.bincount(places, minlength=len(archs))
