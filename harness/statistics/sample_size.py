"""The number of architectures that makes a rank correlation as sure as wanted.

Without data it follows from the variance of Fisher's z, the inverse hyperbolic tangent of a correlation: for Kendall's
tau by Fieller, Hartley and Pearson (Biometrika 44, 1957), for Spearman's rho by Bonett and Wright (Psychometrika 65,
2000).
"""

from collections.abc import Callable
from math import atanh, ceil, sqrt, tanh

from numpy.typing import ArrayLike
from scipy.special import ndtri

from harness.errors import BadValue, unknown
from harness.statistics.bootstrap import tails
from harness.statistics.jackknife import kendall_variance
from harness.statistics.known import known_rows
from harness.statistics.rank import kendall, spearman

STATISTICS = {"kendall": kendall, "spearman": spearman}
PERFECT = 1 - 1e-9
"""A correlation this near to one counts as perfect: the smallest sample would show it."""


def sample_size(
    score: ArrayLike, truth: ArrayLike, half_width: float = 0.02, level: float = 0.95, statistic: str = "kendall"
) -> int:
    """The architectures with score and truth that give an interval of +- `half_width`, judged by a pilot.

    The pilot, shape (architectures,) each, NaN left out, is drawn like what is planned. For "kendall" its own scatter
    is used (`kendall_variance`), for "spearman" only its correlation (`sample_size_for`). `BadValue` where the pilot's
    correlation is undefined or perfect, for infinite values, and for numbers out of range.
    """
    score, truth = known_rows(score=score, truth=truth)
    pilot = _statistic(statistic)(score, truth)
    if not abs(pilot) < PERFECT:
        raise BadValue(f"the pilot's {statistic} is {pilot} ({len(score)} rows): give one with scatter, or a guess")
    if statistic == "spearman":
        return sample_size_for(pilot, half_width, level, statistic)
    errors = _errors(level) / _share(half_width)
    return max(_least(statistic), ceil(errors**2 * kendall_variance(score, truth)))


def sample_size_for(
    correlation: float, half_width: float = 0.02, level: float = 0.95, statistic: str = "kendall"
) -> int:
    """The architectures that give an interval of +- `half_width` when the correlation turns out as expected.

    Both columns are taken to be normal but for their scales; where they are far from it, a pilot knows better.
    `BadValue` for a correlation or a half width that is not between -1 and 1, or 0 and 1.
    """
    spread, less = _spread(correlation, statistic)
    w, r = _share(half_width), correlation
    # Half the length of tanh(z +- d), with r = tanh z and t = tanh d, is t (1 - r^2) / (1 - r^2 t^2); solved for t.
    t = 2 * w / (1 - r * r + sqrt((1 - r * r) ** 2 + 4 * w * w * r * r))
    return max(_least(statistic), ceil(less + spread * (_errors(level) / atanh(t)) ** 2))


def expected_half_width(correlation: float, n: int, level: float = 0.95, statistic: str = "kendall") -> float:
    """Half the length of the interval that `n` architectures give when the correlation turns out as expected.

    `BadValue` for a correlation not between -1 and 1, or too few architectures for the approximation.
    """
    spread, less = _spread(correlation, statistic)
    if n < _least(statistic):
        raise BadValue(f"n is {n}: give at least {_least(statistic)} architectures")
    d, z = _errors(level) * sqrt(spread / (n - less)), atanh(correlation)
    return (tanh(z + d) - tanh(z - d)) / 2


def _spread(correlation: float, statistic: str) -> tuple[float, int]:
    """The variance of z times (n - the second number)."""
    _statistic(statistic)
    if not abs(correlation) < PERFECT:
        raise BadValue(f"correlation is {correlation}: give what you expect, between -1 and 1, neither included")
    return (0.437, 4) if statistic == "kendall" else (1 + correlation**2 / 2, 3)


def _least(statistic: str) -> int:
    return 5 if statistic == "kendall" else 4


def _statistic(name: str) -> Callable[..., float]:
    if name not in STATISTICS:
        raise unknown("statistic", name, STATISTICS)
    return STATISTICS[name]


def _share(half_width: float) -> float:
    if not 0 < half_width < 1:
        raise BadValue(f"half_width is {half_width}: give how far the interval may reach to either side, such as 0.02")
    return half_width


def _errors(level: float) -> float:
    """Standard errors from the middle of an interval to its end."""
    return float(ndtri(tails(level)[1]))
