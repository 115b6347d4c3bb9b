"""How large is a difference? A12 (Vargha & Delaney, Journal of Educational and Behavioral Statistics 25, 2000)."""

from typing import Literal

from numpy.typing import ArrayLike

from harness.errors import BadValue
from harness.statistics.bootstrap import Interval
from harness.statistics.compare import probability_of_improvement

Magnitude = Literal["negligible", "small", "medium", "large"]
THRESHOLDS: tuple[tuple[float, Magnitude], ...] = ((0.71, "large"), (0.64, "medium"), (0.56, "small"))
"""Vargha and Delaney's for A12 above a half; below a half they hold for 1 - A12."""


def vargha_delaney(a: ArrayLike, b: ArrayLike, resamples: int = 1000, level: float = 0.95, seed: int = 0) -> Interval:
    """A12 of two columns of losses, shape (runs,), equal seeds in equal rows: above a half where `a` is better.

    The probability that a run of `a` is lower than one of `b`, ties counting half, over all pairs of runs: the same
    number, with the same interval over resampled seeds, as the probability of improvement.
    """
    return probability_of_improvement(a, b, resamples, level, seed)


def magnitude(a12: float) -> Magnitude:
    """The word for an A12, whichever side is better; `BadValue` outside 0 to 1."""
    if not 0 <= a12 <= 1:
        raise BadValue(f"A12 is {a12}: give a probability from 0 to 1")
    size = max(a12, 1 - a12)
    return next((word for threshold, word in THRESHOLDS if size >= threshold), "negligible")
