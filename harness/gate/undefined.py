"""Whether more scores are undefined, NaN or infinite, than there were."""

from math import nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc
from scipy.stats import fisher_exact

from harness.gate.scores import Scores, same_rows


class Undefined(NamedTuple):
    """How many scores are undefined, of how many, stored and now, and the p-value of their having become more.

    `p` is NaN where none is undefined on either side, or the same ones are.
    """

    stored: int
    of_stored: int
    now: int
    of_now: int
    p: float


def more_undefined(stored: Scores, now: Scores) -> Undefined:
    """Compare the shares of undefined scores, one-sided.

    Where the architectures are the same, by a sign test over them (McNemar, Psychometrika 12, 1947); elsewhere by
    Fisher's exact test, in which each architecture counts once on a side, with the first seed that scored it.
    """
    stored, now = same_rows(stored, now) or (stored, now)
    sides = [(side.arch, ~np.isfinite(side.score)) for side in (stored, now)]
    alike = np.array_equal(np.unique(stored.arch), np.unique(now.arch))
    p = _sign_test(*(_shares(*side) for side in sides)) if alike else _fisher(*(_once(*side) for side in sides))
    before, after = (int(lost.sum()) for _, lost in sides)
    return Undefined(before, len(stored.arch), after, len(now.arch), p)


def _sign_test(stored: NDArray[np.float64], now: NDArray[np.float64]) -> float:
    """More architectures lost scores than won some: a toss of a coin for each that did either."""
    lost, won = int((now > stored).sum()), int((now < stored).sum())
    if not lost + won:
        return nan
    return float(bdtrc(lost - 1, lost + won, 0.5)) if lost else 1.0


def _fisher(stored: NDArray[np.bool_], now: NDArray[np.bool_]) -> float:
    if not (stored.any() or now.any()):
        return nan
    counts = np.array([[side.sum(), (~side).sum()] for side in (now, stored)])
    return float(fisher_exact(counts, alternative="greater").pvalue)


def _shares(archs: NDArray[np.int64], lost: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The share of each architecture's scores that is undefined, architectures sorted."""
    found, places = np.unique(archs, return_inverse=True)
    return np.bincount(places, lost, len(found)) / np.bincount(places, minlength=len(found))


def _once(archs: NDArray[np.int64], lost: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows are sorted by seed, so that the first row of an architecture is that of its first seed."""
    return lost[np.unique(archs, return_index=True)[1]]
