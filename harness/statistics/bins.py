"""Where along the truth does a score rank well? The correlation among the worst, the middling and the best."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.statistics.bootstrap import Interval, bootstrap
from harness.statistics.codes import codes
from harness.statistics.columns import count
from harness.statistics.known import known_rows
from harness.statistics.rank import kendall


class Bin(NamedTuple):
    """The architectures whose truth lies from `low` to `high`, both included, and tau-b among those `n`."""

    low: float
    high: float
    n: int
    kendall: Interval


def correlation_by_bin(
    score: ArrayLike, truth: ArrayLike, bins: int = 5, resamples: int = 1000, seed: int = 0
) -> list[Bin]:
    """Tau-b within each of `bins` parts of the truth that hold equally many architectures, from the worst to the best.

    Shape (architectures,) each, higher = better; rows with a NaN are left out. Equal truths share a bin, so bins may
    differ in number, and one that nothing falls into is left out. Within a bin both columns vary less than over all,
    so the values are comparable with each other and not with the whole. NaN where tau is undefined. `BadValue` for
    infinite values, columns of different lengths, or `bins` below 1.
    """
    score, truth = known_rows(score=score, truth=truth)
    number = _bin_of_each(truth, count("bins", bins))
    parts = [(score[number == i], truth[number == i]) for i in np.unique(number)]
    return [
        Bin(float(y.min()), float(y.max()), len(y), bootstrap(kendall, x, y, resamples=resamples, seed=seed))
        for x, y in parts
    ]


def _bin_of_each(truth: NDArray[np.float64], bins: int) -> NDArray[np.intp]:
    """The bin that the average rank of each row falls into, 0 = lowest."""
    coded = codes(truth)
    sizes = np.bincount(coded)
    # Average ranks are whole numbers or halves, so that twice as much is exact.
    twice = 2 * np.cumsum(sizes) - sizes
    number: NDArray[np.intp] = (twice * bins // (2 * max(len(truth), 1)))[coded]
    return number
