"""The axis of seconds per architecture, with a place at its ends for what is practically free and what is not known."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from reports.figures.front import Point
from reports.figures.kinds import FREE, NEGLIGIBLE, UNKNOWN, Kind, seconds_of
from reports.figures.style import MUTED, log_ticks
from reports.numbers import duration
from reports.summary.proxy import ProxyRow

STAGGER, LEFT = 0.035, 0.13
"""Shares of the decades that the axis spans."""
LETTER, AXIS = 4.2, 0.78
"""Points of a letter of a tick's name, and the axis' share of the figure's width."""


class Strip(NamedTuple):
    """A place beside the log axis, from `border` on; what is there stands around `middle`."""

    border: float
    middle: float
    name: str


class Seconds(NamedTuple):
    """The axis from `low` to `high`, with seconds as far as `last`.

    `strips` are for the kinds of points that no place on the log axis is right for.
    """

    low: float
    high: float
    decades: float
    last: float
    strips: dict[Kind, Strip]


def placed(rows: Sequence[ProxyRow], kinds: Sequence[Kind], room: float) -> tuple[Seconds, list[Point]]:
    """Where each proxy stands; those in a strip stand side by side. Names get the share `room` at the right."""
    paid = [seconds_of(row) for row, kind in zip(rows, kinds, strict=True) if kind not in (FREE, UNKNOWN)]
    axis = _axis(paid, kinds.count(FREE), kinds.count(UNKNOWN), room)
    points, seen = [], dict.fromkeys(axis.strips, 0)
    for row, kind in zip(rows, kinds, strict=True):
        x = seconds_of(row)
        if kind in axis.strips:
            shift = seen[kind] - (kinds.count(kind) - 1) / 2
            x = axis.strips[kind].middle * 10 ** (shift * STAGGER * axis.decades)
            seen[kind] += 1
        points.append(Point(row, kind, x))
    return axis, points


def _axis(seconds: Sequence[float], free: int, unknown: int, room: float) -> Seconds:
    """The axis for these seconds, with room for so many points in each strip, and for names at the right."""
    least, most = min(seconds, default=0.01), max(seconds, default=1.0)
    decades = max(math.log10(most / least), 1.0)
    shares = 1 + LEFT + 2 * _half(free)
    low = least / 10 ** (LEFT * decades)
    high = most * 10 ** ((LEFT if unknown else shares * room / (1 - room)) * decades)
    strips = {}
    if free:
        half = 10 ** (_half(free) * decades)
        strips[FREE] = Strip(low, low / half, f"<{duration(NEGLIGIBLE, 1)}")
        low /= half**2
    if unknown:
        half = 10 ** (_half(unknown) * decades)
        strips[UNKNOWN] = Strip(high, high * half, "unknown")
        high *= half**2
    return Seconds(low, high, decades, most, strips)


def _half(count: int) -> float:
    """Half the width of a strip for so many points, in shares of the decades."""
    return max(0.1, STAGGER * (count + 1) / 2) if count else 0.0


def draw_seconds(axes: Axes, axis: Seconds) -> None:
    """Limits, ticks and the strips, which are shaded."""
    axes.set_xlim(axis.low, axis.high)
    log_ticks(axes, "x", FuncFormatter(lambda value, _: duration(value, 1)))
    low = axis.strips[FREE].border if FREE in axis.strips else axis.low
    figure = axes.get_figure(root=True)
    assert figure is not None
    inside = [tick for tick in axes.get_xticks() if low < tick < 3 * axis.last]
    ticks = _thinned([(tick, duration(tick, 1)) for tick in inside], axis, figure.get_figwidth())
    minor = [tick for tick in axes.get_xticks(minor=True) if low < tick < 3 * axis.last]
    ticks += [(strip.middle, strip.name) for strip in axis.strips.values()]
    axes.set_xticks([place for place, _ in ticks], [name for _, name in ticks])
    axes.set_xticks(minor, minor=True)
    axes.set_xlim(axis.low, axis.high)
    for strip in axis.strips.values():
        axes.axvspan(strip.border, strip.middle**2 / strip.border, color=MUTED, alpha=0.09, linewidth=0, zorder=0)


def _thinned(ticks: list[tuple[float, str]], axis: Seconds, inches: float) -> list[tuple[float, str]]:
    """Every tick, or every second or third, so that their names keep apart; none that meets the name of a strip."""
    per_letter = math.log10(axis.high / axis.low) * LETTER / (72 * inches * AXIS)

    def apart(a: tuple[float, str], b: tuple[float, str]) -> bool:
        return abs(math.log10(a[0] / b[0])) > per_letter * ((len(a[1]) + len(b[1])) / 2 + 1)

    strips = [(strip.middle, strip.name) for strip in axis.strips.values()]
    free = [tick for tick in ticks if all(apart(tick, strip) for strip in strips)]
    every = [free[::step] for step in (1, 2, 3)]
    return next((some for some in every if all(apart(a, b) for a, b in pairwise(some))), free[:1])
