"""Numbers as words: rounded by their uncertainty, seconds in readable units, a dash for what is missing."""

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from harness.statistics.bootstrap import Interval

MISSING = "–"
UNITS = ((1e-6, "µs"), (1e-3, "ms"), (1.0, "s"))


class Deviation(NamedTuple):
    """A mean with the standard deviation of the runs that it is the mean of."""

    point: float
    std: float


def decimals(intervals: Iterable[Interval]) -> int:
    """The decimals that show the typical half-width with one digit, or with two when the first is a 1 or a 2."""
    widths = sorted((i.high - i.low) / 2 for i in intervals if math.isfinite(i.high - i.low) and i.high > i.low)
    if not widths:
        return 2
    typical = widths[len(widths) // 2]
    exponent = math.floor(math.log10(typical))
    digits = 1 - exponent if typical < 3 * 10.0**exponent else -exponent
    return min(max(digits, 0), 4)


def number(value: float, digits: int = 2) -> str:
    """A value with so many decimals and thousands set apart."""
    if not math.isfinite(value):
        return MISSING
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def interval(value: Interval, digits: int = 2) -> str:
    """Point and bounds: 0.70 [0.66, 0.74]."""
    if not math.isfinite(value.low) or not math.isfinite(value.high):
        return number(value.point, digits)
    return f"{number(value.point, digits)} [{number(value.low, digits)}, {number(value.high, digits)}]"


def plus_minus(value: Interval | Deviation, digits: int = 2) -> str:
    """Point and half-width of a symmetric interval, or the standard deviation: 0.70 ± 0.04."""
    half = value.std if isinstance(value, Deviation) else (value.high - value.low) / 2
    if not math.isfinite(half):
        return number(value.point, digits)
    return f"{number(value.point, digits)} ± {number(half, digits)}"


def significant(value: float, digits: int = 2) -> str:
    """A value with so many significant digits, never in exponential form."""
    if not math.isfinite(value) or value == 0:
        return number(value, 0)
    return number(value, max(digits - 1 - math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}")))), 0))


def duration(seconds: float, digits: int = 2) -> str:
    """Seconds with so many significant digits in µs, ms or s: 5.1 ms."""
    if not math.isfinite(seconds) or seconds == 0:
        return MISSING if seconds != 0 else "0 s"
    for (size, name), (following, _) in pairwise((*UNITS, (math.inf, ""))):
        if seconds < following * 0.995:
            return f"{significant(seconds / size, digits)} {name}"
    raise AssertionError("infinity is above every finite number")


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: a, b and c."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def counted(number: int, noun: str) -> str:
    """A number of things: 1 run, 1,500 runs."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
