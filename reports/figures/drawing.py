"""A diagram on paper: boxes for nodes, arrows for edges, and numbers in rows below. Lengths are in points."""

from collections.abc import Mapping
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import BoxStyle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from reports.diagram import Diagram, Edge
from reports.figures.colours import colour_of
from reports.figures.labels import wrapped
from reports.figures.style import INK, MUTED, PAPER, Style, blank, small

AROUND, PAD, GAP = 4.0, 3.0, 7.0
"""Around the drawing; around the text in a box; the least between two boxes."""
WIDEST, LABELLED = 46.0, 76.0
"""The most between the middles of neighbours, without labels on the edges and with them."""
TILE, WIDE = 70.0, 110.0
"""The least width of a number with its name, and the most that a name is given."""
LINE, VALUE, LETTER = 1.15, 2.3, 0.5
"""By the height of letters: from line to line, a value with the gap above it, and the width of a letter."""


class Layout(NamedTuple):
    """The size of a box, whether its text runs upwards, the distance of neighbours, and the middle of the first box."""

    width: float
    height: float
    upright: bool
    unit: float
    x: float
    y: float


def draw_diagram(diagram: Diagram, numbers: Mapping[str, str], style: Style) -> Figure:
    """A column wide: the nodes on a line, arcs above and below, and `numbers` by their names."""
    figure = blank(style, 1.0)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    wide = 72 * style.column
    rows = _rows(numbers, wide)
    layout, high = _layout(axes, diagram, wide, sum(_height(row) for row in rows))
    figure.set_size_inches(style.column, high / 72)
    axes.set(xlim=(0, wide), ylim=(0, high))
    for edge in diagram.edges:
        _draw_edge(axes, edge, layout)
    for place, node in enumerate(diagram.nodes):
        _draw_node(axes, node.label, layout.x + place * layout.unit, layout)
    _draw_numbers(axes, rows, layout, len(diagram.nodes))
    return figure


def _layout(axes: Axes, diagram: Diagram, wide: float, below: float) -> tuple[Layout, float]:
    """Where the boxes go, and how high the whole is."""
    count, labelled = len(diagram.nodes), any(edge.label for edge in diagram.edges)
    chain = not labelled and all(edge.bend == 0 for edge in diagram.edges)
    texts = [_in_box(node.label, chain) for node in diagram.nodes]
    across, up = _size(axes, texts)
    width, height = (up, across) if chain else (across, up)
    room = (wide - 2 * AROUND - width) / max(count - 1, 1)
    unit = max(min(room, LABELLED if labelled else max(WIDEST, width + 2 * GAP)), width + 1)
    above, under = (max([0.0, *(sign * edge.bend for edge in diagram.edges)]) for sign in (1, -1))
    label = LINE * small() / 2 if labelled else 0.0
    y = below + AROUND + height / 2 + (under * unit + label if under else 0.0)
    high = y + height / 2 + (above * unit + label if above else 0.0) + AROUND
    return Layout(width, height, chain, unit, (wide - unit * (count - 1)) / 2, y), high


def _in_box(label: str, chain: bool) -> str:
    return label if chain else label.replace(" ", "\n")


def _size(axes: Axes, texts: list[str]) -> tuple[float, float]:
    """Width and height of a box that holds each of the texts."""
    extents = []
    for one in sorted(set(texts)):
        text = axes.text(0, 0, one, fontsize=small() - 0.5, linespacing=1.0)
        extents.append(text.get_window_extent())
        text.remove()
    scale = 72 / axes.figure.dpi
    return tuple(scale * max(getattr(e, side) for e in extents) + 2 * PAD for side in ("width", "height"))


def _draw_node(axes: Axes, label: str, x: float, layout: Layout) -> None:
    color, half = colour_of(label), (layout.width / 2, layout.height / 2)
    corner = x - half[0], layout.y - half[1]
    for face, alpha in ((PAPER, 1.0), (color, 0.16)):  # a tint, also where something is behind
        shape = BoxStyle.Round(pad=0, rounding_size=2.5)
        box = FancyBboxPatch(corner, layout.width, layout.height, boxstyle=shape, facecolor=face, alpha=alpha, zorder=3)
        axes.add_patch(box)
        box.set(edgecolor=color, linewidth=1.1 if face == PAPER else 0)
    axes.text(x, layout.y, _in_box(label, layout.upright), rotation=90 if layout.upright else 0, color=INK, zorder=4,
              fontsize=small() - 0.5, linespacing=1.0, ha="center", va="center")  # fmt: skip


def _draw_edge(axes: Axes, edge: Edge, layout: Layout) -> None:
    """A straight arrow between two boxes, or an arc from the top or the bottom of one to that of the other."""
    color, side = colour_of(edge.label), (edge.bend > 0) - (edge.bend < 0)
    inner = layout.width / 2 if side == 0 else -layout.width / 5
    start, end = layout.x + edge.source * layout.unit + abs(inner), layout.x + edge.target * layout.unit - abs(inner)
    y = layout.y + side * layout.height / 2
    middle, apex = (start + end) / 2, y + edge.bend * layout.unit
    path = Path([(start, y), (middle, 2 * apex - y), (end, y)], [Path.MOVETO, Path.CURVE3, Path.CURVE3])
    axes.add_patch(FancyArrowPatch(path=path, arrowstyle="-|>", mutation_scale=6, color=color, linewidth=1.3,
                                   shrinkA=0, shrinkB=0, zorder=2))  # fmt: skip
    if edge.label:
        box = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.0} if side else None
        axes.text(middle, apex if side else y + 2.5, edge.label, fontsize=small(), color=INK, ha="center", bbox=box,
                  va="center" if side else "bottom", zorder=5)  # fmt: skip


def _rows(numbers: Mapping[str, str], wide: float) -> list[list[tuple[str, str]]]:
    """The numbers with their names in lines, as evenly as they go; a name fits its share of the line."""
    items = list(numbers.items())
    if not items:
        return []
    lines = -(-len(items) // max(1, int(wide / TILE)))
    each = -(-len(items) // lines)
    letters = int(min(wide / each, WIDE) / (LETTER * small()))
    named = [(wrapped(name, letters), value) for name, value in items]
    return [named[i : i + each] for i in range(0, len(named), each)]


def _height(row: list[tuple[str, str]]) -> float:
    """Of a line of numbers: a gap, the values, and as many lines as the longest name has."""
    return small() * (VALUE + LINE * max(name.count("\n") + 1 for name, _ in row))


def _draw_numbers(axes: Axes, rows: list[list[tuple[str, str]]], layout: Layout, count: int) -> None:
    """From the last line up: each value with its name under it, below the boxes where these are wide enough."""
    wide = axes.get_xlim()[1]
    top = AROUND
    for row in reversed(rows):
        top += _height(row)
        span = min(max(layout.unit * (count - 1) + layout.width, WIDE * len(row)), wide)
        for place, (name, value) in enumerate(row):
            x = wide / 2 + span * ((place + 0.5) / len(row) - 0.5)
            axes.text(x, top - 0.9 * small(), value, fontsize=small() + 1, color=INK, ha="center", va="top")
            axes.text(x, top - VALUE * small(), name, fontsize=small() - 0.5, color=MUTED, ha="center",
                      va="top", linespacing=1.0)  # fmt: skip
