"""Whether scores rank the architectures worse than the stored ones: a bootstrap over architectures, and the seeds.

The bootstrap draws architectures, and a drawn one counts in every run that scored it, stored or new (a cluster
bootstrap: Davison & Hinkley 1997, section 3.8): the same architectures are compared in pairs, others apart. What the
seeds add is a component of variance of its own, whose few degrees of freedom widen the interval (Satterthwaite,
Biometrics Bulletin 2, 1946).
"""

from math import inf, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

from harness.gate.resampled import resampled_kendall
from harness.gate.scores import ROUNDING, Scores, relative_change, same_rows
from harness.statistics.rank import kendall

RESAMPLES = 500
"""Enough for a standard error: it is off by 3 %."""


class Change(NamedTuple):
    """Kendall's tau-b, averaged over seeds, as stored and now; both are signed, so that a loss is a lower value.

    `half_width` is that of the 95 % interval of the difference, and `p` the one-sided p-value of a loss: both are NaN
    where all scores are as stored, but for rounding, or a correlation is undefined. `same_seeds` says whether runs with
    equal seeds and architectures were compared, and `uneven` whether their differences vary more over seeds than the
    architectures explain.
    """

    stored: float
    now: float
    half_width: float
    p: float
    same_seeds: bool
    uneven: bool = False

    @property
    def difference(self) -> float:
        """Below zero is a loss."""
        return self.now - self.stored


class _Spread(NamedTuple):
    """The variance of a difference and the degrees of freedom that it is known with."""

    variance: float
    freedom: float


def correlation_change(
    stored: Scores, now: Scores, *, reseeded: bool = False, resamples: int = RESAMPLES, seed: int = 0
) -> Change:
    """Compare two sets of scores; the p-value asks whether the new ones correlate less with the truth.

    Where both have the same architectures for the same seeds these are compared, pair by pair and no others; equal
    seeds mean the same random numbers, unless they are `reseeded`. Otherwise the seeds of both sides are taken as drawn
    at random, and how much they differ from each other counts too. With a single seed on both sides there is no
    telling how much that is, and only the architectures count.
    """
    same = same_rows(stored, now)
    runs = [[run.defined() for run in side.by_seed()] for side in (same or (stored, now))]
    taus = [np.array([kendall(run.score, run.truth) for run in side]) for side in runs]
    old, new = (float(values.mean()) for values in taus)
    unchanged = same is not None and (relative_change(same[0].score, same[1].score) <= ROUNDING).all()
    if unchanged or np.isnan(old + new):
        return Change(old, new, nan, nan, same is not None and not reseeded)
    draws = _draws(runs[0] + runs[1], resamples, seed)
    drawn = [draws[:, : len(taus[0])], draws[:, len(taus[0]) :]]
    spread = _in_pairs(taus, drawn, reseeded) if same else _apart(taus, drawn)
    uneven = same is not None and _uneven(taus[1] - taus[0], drawn[1] - drawn[0])
    return Change(old, new, *_test(new - old, spread), same is not None and not reseeded, uneven)


def _draws(runs: list[Scores], resamples: int, seed: int) -> NDArray[np.float64]:
    """Each run's tau-b on resampled architectures, shape (resamples, runs)."""
    archs, places = np.unique(np.concatenate([run.arch for run in runs]), return_inverse=True)
    rng, n = np.random.default_rng(seed), len(archs)
    times = np.array([np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(resamples)])
    mine = np.split(places, np.cumsum([len(run.arch) for run in runs])[:-1])
    draws = [resampled_kendall(run.score, run.truth, times[:, rows]) for run, rows in zip(runs, mine, strict=True)]
    return np.stack(draws, axis=1)


def _in_pairs(taus: list[NDArray[np.float64]], drawn: list[NDArray[np.float64]], reseeded: bool) -> _Spread:
    """Runs with equal seeds and architectures are pairs; what seeds are is in their differences."""
    change, draws = taus[1] - taus[0], drawn[1] - drawn[0]
    variance, seeds = float(draws.mean(axis=1).var(ddof=1)), len(change)
    if seeds == 1 or not reseeded:
        return _Spread(variance, inf)
    return _with_seeds(variance, float(change.var(ddof=1)) / seeds, _explained(draws) / seeds, seeds - 1)


def _apart(taus: list[NDArray[np.float64]], drawn: list[NDArray[np.float64]]) -> _Spread:
    """Seeds are drawn apart on both sides, and their variance is pooled."""
    variance = float((drawn[1].mean(axis=1) - drawn[0].mean(axis=1)).var(ddof=1))
    freedom = sum(len(values) - 1 for values in taus)
    if not freedom:
        return _Spread(variance, inf)
    share = sum(1 / len(values) for values in taus) / freedom
    squares = sum(float(((values - values.mean()) ** 2).sum()) for values in taus)
    explained = sum(_explained(draws) * (draws.shape[1] - 1) for draws in drawn if draws.shape[1] > 1)
    return _with_seeds(variance, share * squares, share * explained, freedom)


def _with_seeds(variance: float, seen: float, explained: float, freedom: int) -> _Spread:
    """Add to the architectures' variance what the seeds vary beyond what these explain.

    Seeds can look alike by chance, so the degrees of freedom are theirs as far as the variance could be.
    """
    total, uncertain = variance + max(0.0, seen - explained), max(seen, explained)
    return _Spread(total, freedom * max(1.0, total / uncertain) ** 2 if uncertain else inf)


def _uneven(change: NDArray[np.float64], draws: NDArray[np.float64]) -> bool:
    """Whether differences vary over seeds more than the architectures explain (a chi-squared test at 0.05)."""
    freedom = len(change) - 1
    if not freedom:
        return False
    return bool(chdtrc(freedom, freedom * change.var(ddof=1) / (_explained(draws) or inf)) < 0.05)


def _explained(draws: NDArray[np.float64]) -> float:
    """The variance between seeds that the architectures alone explain: what it is on average over the resamples."""
    return float((draws - draws.mean(axis=0)).var(axis=1, ddof=1).mean())


def _test(difference: float, spread: _Spread) -> tuple[float, float]:
    """The half width of the 95 % interval, and the p-value of a loss."""
    error, known = spread.variance**0.5, spread.freedom == inf
    if not error:
        return 0.0, 0.0 if difference < 0 else 1.0
    half = error * (ndtri(0.975) if known else stdtrit(spread.freedom, 0.975))
    return float(half), float(ndtr(difference / error) if known else stdtr(spread.freedom, difference / error))
