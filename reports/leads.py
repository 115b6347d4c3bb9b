"""How far one proxy is ahead of another, in words."""

from harness.statistics.bootstrap import Interval
from reports.numbers import interval, number

RARE, SURE = 0.01, 0.99
"""Probabilities beyond these are not told apart from 0 and 1: they come from some hundred resamples."""


def chance(probability: float) -> str:
    """A share of resamples with two decimals; one close to 0 or 1 by the bound that it lies beyond."""
    if probability > SURE:
        return f">{SURE:g}"
    return f"<{RARE:g}" if probability < RARE else number(probability, 2)


def lead(difference: Interval, digits: int) -> str:
    """A difference and its bounds, with one digit more where a bound beside zero would read as zero."""
    ends = difference.low, difference.high
    return interval(difference, digits + any(end != 0 and abs(end) < 0.5 * 10**-digits for end in ends))
