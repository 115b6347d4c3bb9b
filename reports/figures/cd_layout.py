"""Where the parts of a critical-difference diagram stand, in points."""

import math
from typing import NamedTuple

from matplotlib.text import Text

from harness.statistics.critical_difference import Diagram
from reports.figures.style import small
from reports.numbers import number

BAR, APART, GAP, EDGE = 6.0, 8.0, 4.0, 2.0
"""Points between bars below and beside each other, between names below each other, and around everything."""
TINY, DIGIT = 2.0, 0.66
"""Points that a rank beside a name is smaller than the name, and the width of its digits, in their size."""
LEAST, ROUNDS = 40.0, 30
"""Points that the axis has at least, and steps towards its length."""
ROOM = 1.03
"""Times the width of a text: print and screen set the same letters a little differently."""


class Name(NamedTuple):
    """Where a name begins, or ends where it stands on the left."""

    x: float
    y: float
    on_left: bool


class _Item(NamedTuple):
    """A name of one side: its size, its share of the axis from that side, how deep below the first, and its line."""

    number: int
    width: float
    height: float
    share: float
    depth: float
    stub: float


class Layout(NamedTuple):
    """Points from the lower left corner of a figure of so much width and height.

    The axis stands at the height `axis` and runs from `left`, the rank `low`, to `right`, the rank `high`. `names` are
    in the order of the diagram, as are the heights of the `bars`; `distance` is how long the bar of the critical
    difference is, 0 where there is none, or where it is longer than the axis.
    """

    width: float
    height: float
    left: float
    right: float
    low: int
    high: int
    axis: float
    names: dict[int, Name]
    bars: list[float]
    distance: float

    def x(self, rank: float) -> float:
        """Where a rank stands on the axis."""
        return self.left + (self.right - self.left) * (rank - self.low) / (self.high - self.low)


def layout_of(diagram: Diagram, texts: list[Text], width: float) -> Layout:
    """The layout for names that are written in the figure already, wherever; the figure's width is given in points."""
    low, high = _ends(diagram)
    sizes = [_size(text) for text in texts]
    sides = _sides(diagram, sizes, low, high)
    left, right = _margins(sides, width)
    span = width - left - right
    levels = _levels(diagram, APART * (high - low) / span)
    below = max(side[-1].depth + side[-1].height / 2 for side in sides) + EDGE
    first = max(BAR * (max(levels, default=-1) + 1) + BAR, *(side[0].height / 2 + 1 for side in sides), small() + EDGE)
    distance = diagram.distance / (high - low) if diagram.distance <= high - low else 0.0
    names = {}
    for side, on_left in zip(sides, (True, False), strict=True):
        outer = side[0].share * span - side[0].stub
        for one in side:
            inner = max(outer + (left if on_left else right), one.width + EDGE)
            names[one.number] = Name(inner if on_left else width - inner, below - one.depth, on_left)
    above = 2.9 * small() + GAP + (1.7 * small() if distance else 0.0)
    axis = below + first
    bars = [axis - BAR * (level + 1) for level in levels]
    return Layout(width, axis + above, left, width - right, low, high, axis, names, bars, distance * span)


def _sides(diagram: Diagram, sizes: list[tuple[float, float]], low: int, high: int) -> tuple[list[_Item], list[_Item]]:
    """The better half on the left, the other on the right; the outermost on top, so that no line crosses another."""
    order = sorted(range(len(sizes)), key=lambda i: (diagram.ranks[i], i))
    half = math.ceil(len(order) / 2)
    sides = []
    for side, on_left in ((order[:half], True), (order[half:][::-1], False)):
        depth, items = 0.0, list[_Item]()
        for i in side:
            depth += (items[-1].height + sizes[i][1]) / 2 + GAP if items else 0.0
            rank = float(diagram.ranks[i])
            share = (rank - low if on_left else high - rank) / (high - low)
            stub = DIGIT * (small() - TINY) * len(number(rank)) + EDGE
            items.append(_Item(i, *sizes[i], share, depth, stub))
        sides.append(items)
    return sides[0], sides[1]


def _margins(sides: tuple[list[_Item], list[_Item]], width: float) -> list[float]:
    """How far the axis is from the edges, so that each name fits beside its own line."""
    margins = [2 * EDGE + GAP] * 2
    for _ in range(ROUNDS):
        span = max(width - sum(margins), LEAST)
        margins = [max(2 * EDGE + GAP, *(i.width + EDGE + i.stub - i.share * span for i in side)) for side in sides]
    return margins


def _size(text: Text) -> tuple[float, float]:
    """Width and height in points."""
    figure = text.get_figure(root=True)
    assert figure is not None
    extent = text.get_window_extent()
    return ROOM * extent.width * 72 / figure.dpi, extent.height * 72 / figure.dpi


def _ends(diagram: Diagram) -> tuple[int, int]:
    """Whole ranks around all average ranks, two of them at least."""
    low, high = math.floor(diagram.ranks.min() + 1e-9), math.ceil(diagram.ranks.max() - 1e-9)
    return (low, high) if high > low else (max(low - 1, 1), high + 1)


def _levels(diagram: Diagram, apart: float) -> list[int]:
    """The row of each bar: the first in which it stands so many ranks apart from all others."""
    ends: list[float] = []
    levels = []
    for clique in diagram.cliques:
        first, last = float(diagram.ranks[clique[0]]), float(diagram.ranks[clique[-1]])
        level = next((i for i, end in enumerate(ends) if end + apart < first), len(ends))
        ends[level : level + 1] = [last]
        levels.append(level)
    return levels
