"""Direct labels that overlap neither each other nor what they name."""

import re
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from reports.figures.style import INK, MUTED, small

Array = NDArray[np.float64]

DISTANCES = (3.0, 7.0, 11.0, 17.0, 24.0, 33.0, 44.0)
"""Points from the edge of the thing to the nearest edge of its label."""
SIDES = (0.0, 0.35, -0.35, 0.8, -0.8, 1.4, -1.4, 2.2, -2.2, 3.2, -3.2)
"""How far beside the thing a label may be shifted up or down, in halves of their heights."""
DIRECTIONS = [(dx, dy) for dy in SIDES for dx in (1, -1)] + [(dx, dy) for dy in (1, -1) for dx in (0, 1, -1)]
LEADER = 5.0
"""A label farther away than this is joined to its thing by a line."""
MARKER = 4.0
"""Half the size of a marker."""
ROOM = 1.06
"""Times the width of a text: print and screen set the same letters a little differently."""
SWEEPS = 4
RANKS = np.add.outer(8.0 * np.arange(len(DISTANCES)), np.arange(len(DIRECTIONS)) / 2).ravel()
"""A small cost for distance, so that the nearest free place wins."""


class Label(NamedTuple):
    """A text and the point it names, in data coordinates, with the ends of the point's interval."""

    text: str
    x: float
    y: float
    low: float
    high: float


def wrapped(label: str, width: int) -> str:
    """A long name in lines of about this many characters, cut after underscores, brackets and commas."""
    lines = [""]
    for part in re.findall(r"[^_(, ]+[_(,]* *|[_(, ]+", label):
        if lines[-1] and len(lines[-1] + part.rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip() for line in lines)


def spread(wanted: Array, sizes: Array, low: float, high: float) -> Array:
    """Middles of things of these sizes, near to where they are wanted, that do not overlap between `low` and `high`.

    The nearest in least squares; what does not fit stands out above `high`.
    """
    order = np.argsort(wanted, kind="stable")
    half = sizes[order] / 2
    offsets = np.concatenate([[0.0], np.cumsum(half[:-1] + half[1:])])  # if all stood close together
    lowest = low + half[0]
    highest = max(lowest, high - half[-1] - offsets[-1])
    result = np.empty(len(wanted))
    result[order] = np.clip(isotonic_regression(wanted[order] - offsets).x, lowest, highest) + offsets
    return result


def place(axes: Axes, labels: list[Label], obstacles: list[Bbox]) -> None:
    """Write each label beside its point where it covers least; `obstacles` are boxes in display units to keep free.

    The axes' limits and size must be final.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    scale = figure.dpi / 72
    texts = [_text(axes, label) for label in labels]
    things = np.array([_thing(axes, label, scale) for label in labels])
    inside, kept_free = _boxes([axes.get_window_extent()])[0], _boxes(obstacles)
    candidates, costs = [], []
    for i, text in enumerate(texts):
        extent = text.get_window_extent()
        candidates.append(_candidates(things[i], (ROOM * extent.width, extent.height), scale))
        costs.append(RANKS + _cost(candidates[i], things[i], np.delete(things, i, axis=0), inside, kept_free))
    boxes = _settled(things, candidates, costs)
    for text, box, thing in zip(texts, boxes, things, strict=True):
        x, y = axes.transData.inverted().transform(_middle(box))
        text.set_position((float(x), float(y)))
        _lead(axes, box, thing, LEADER * scale)


def _settled(things: Array, candidates: list[Array], costs: list[Array]) -> list[Array]:
    """One box per label: in turns, each takes the one of least cost, given where the others are."""
    boxes: dict[int, Array] = {}
    for _ in range(SWEEPS):
        for i, (mine, cost) in enumerate(zip(candidates, costs, strict=True)):
            others = np.array([box for j, box in boxes.items() if j != i]).reshape(-1, 4)
            covered, crossed = _common(mine, others).sum(axis=1), _crossed(mine, things[i], others)
            boxes[i] = mine[np.argmin(cost + 10 * covered + 80.0 * (covered > 0) + 40.0 * crossed)]
    return [boxes[i] for i in range(len(candidates))]


def _cost(boxes: Array, own: Array, foreign: Array, inside: Array, obstacles: Array) -> Array:
    """Areas covered, and penalties for a label that would be read as another thing's, one number per box."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    outside = width * height - _common(boxes, inside[None])[:, 0]
    covered = _common(boxes, np.concatenate([foreign, own[None], obstacles])).sum(axis=1)
    nearer = (_gap(boxes, foreign) <= _gap(boxes, own[None])).any(axis=1)
    cost: Array = 40 * outside + 3 * covered + 60.0 * nearer + 40.0 * _crossed(boxes, own, foreign)
    return cost


def _text(axes: Axes, label: Label) -> Text:
    style: dict[str, Any] = {"fontsize": small() - 0.5, "color": INK, "linespacing": 0.95}
    return axes.text(0, 0, label.text, ha="center", va="center", zorder=6, **style)


def _thing(axes: Axes, label: Label, scale: float) -> Array:
    """The box of a marker and its interval, with the marker in the middle of its width."""
    marker, low, high = axes.transData.transform([(label.x, y) for y in (label.y, label.low, label.high)])
    reach = MARKER * scale
    return np.array(
        [marker[0] - reach, min(low[1], marker[1] - reach), marker[0] + reach, max(high[1], marker[1] + reach)]
    )


def _candidates(thing: Array, size: tuple[float, float], scale: float) -> Array:
    """Boxes beside, above and below the thing, shape (candidates, 4), from the nearest on."""
    width, height = size
    wide, high = thing[2] - thing[0], thing[3] - thing[1]
    found = []
    for distance in DISTANCES:
        for dx, dy in DIRECTIONS:
            x, y = _middle(thing)
            x += dx * (distance * scale + (wide + width) / 2) if dy in SIDES else dx * width / 2.5
            y += dy * (high + height) / 2 if dy in SIDES else dy * (distance * scale + (high + height) / 2)
            found.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
    return np.array(found)


def _boxes(found: list[Bbox]) -> Array:
    """Left, lower, right and upper edges, shape (boxes, 4)."""
    return np.array([box.extents for box in found], dtype=np.float64).reshape(-1, 4)


def _middle(box: Array) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _crossed(boxes: Array, own: Array, others: Array) -> Array:
    """Over how many other things a line from each box to its own thing would run."""
    starts, anchors = _ends(boxes, own)
    x, y = np.moveaxis(starts[:, None] + np.linspace(0, 1, 9)[:, None] * (anchors - starts)[:, None], 2, 0)[..., None]
    x0, y0, x1, y1 = others.T
    inside = (x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1)
    crossed: Array = inside.any(axis=1).sum(axis=1).astype(np.float64)
    return crossed


def _ends(boxes: Array, thing: Array) -> tuple[Array, Array]:
    """The nearest points of each label and of the thing's middle line, shape (boxes, 2) each."""
    x, _ = _middle(thing)
    x0, y0, x1, y1 = boxes.T
    y = np.clip((y0 + y1) / 2, thing[1], thing[3])
    anchors = np.stack([np.full(len(boxes), x), y], axis=1)
    return np.stack([np.clip(x, x0, x1), np.clip(y, y0, y1)], axis=1), anchors


def _gap(a: Array, b: Array) -> Array:
    """The distances between the nearest edges of two sets of boxes, shape (boxes in a, boxes in b)."""
    apart = np.maximum(a[:, None, :2] - b[:, 2:], b[:, :2] - a[:, None, 2:])
    gaps: Array = np.hypot(*np.moveaxis(np.maximum(apart, 0), 2, 0))
    return gaps


def _common(a: Array, b: Array) -> Array:
    """The areas that two sets of boxes share, shape (boxes in a, boxes in b)."""
    sides = np.minimum(a[:, None, 2:], b[:, 2:]) - np.maximum(a[:, None, :2], b[:, :2])
    areas: Array = np.maximum(sides, 0).prod(axis=2)
    return areas


def _lead(axes: Axes, box: Array, thing: Array, longest: float) -> None:
    """Join a label that stands far off to its thing."""
    if _gap(box[None], thing[None])[0, 0] > longest:
        ends = axes.transData.inverted().transform(np.concatenate(_ends(box[None], thing)))
        axes.plot(*ends.T, color=MUTED, linewidth=0.5, zorder=1)
