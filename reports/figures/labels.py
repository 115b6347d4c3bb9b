"""Direct labels that overlap neither each other nor what they name."""

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from reports.figures.style import INK, MUTED

Array = NDArray[np.float64]

DISTANCES = (7.0, 12.0, 18.0, 26.0, 36.0, 48.0)
"""Points from the thing to the nearest edge of its label."""
DIRECTIONS = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)]
LEADER = 13.0
"""A label farther away than this is joined to its thing by a line."""
SWEEPS = 3


class Label(NamedTuple):
    """A text and the point it names, in data coordinates, with the ends of the point's interval."""

    text: str
    x: float
    y: float
    low: float
    high: float


def spread(wanted: Array, sizes: Array, low: float, high: float) -> Array:
    """Middles of things of these sizes, near to where they are wanted, that do not overlap between `low` and `high`."""
    order = np.argsort(wanted, kind="stable")
    placed, half = wanted[order].astype(float), sizes[order] / 2
    for _ in range(500):
        placed = np.clip(placed, low + half, high - half)
        short = half[:-1] + half[1:] - np.diff(placed)
        if (short <= 1e-6).all():
            break
        push = np.maximum(short, 0) / 2
        placed[:-1] -= push
        placed[1:] += push
    result = np.empty_like(placed)
    result[order] = placed
    return result


def place(axes: Axes, labels: list[Label], obstacles: list[Bbox]) -> None:
    """Write each label beside its point where it covers least; `obstacles` are boxes in display units to keep free.

    The axes' limits and size must be final.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    scale = figure.dpi / 72
    inside = axes.get_window_extent()
    anchors = axes.transData.transform([(label.x, label.y) for label in labels])
    texts = [
        axes.text(0, 0, label.text, fontsize=7.5, color=INK, ha="center", va="center", zorder=6) for label in labels
    ]
    sizes = [(box.width, box.height) for box in (text.get_window_extent() for text in texts)]
    ends = [axes.transData.transform([(label.x, label.low), (label.x, label.high)])[:, 1] for label in labels]
    things = [
        Bbox.from_extents(x - 4 * scale, low, x + 4 * scale, high)
        for (x, _), (low, high) in zip(anchors, ends, strict=True)
    ]
    things = [Bbox.union([thing, _around(anchor, scale)]) for thing, anchor in zip(things, anchors, strict=True)]
    boxes: list[Bbox | None] = [None] * len(labels)
    for _ in range(SWEEPS):
        for i, anchor in enumerate(anchors):
            others = [box for j, box in enumerate(boxes) if box is not None and j != i]
            candidates = _candidates(anchor, things[i], sizes[i], scale)
            foreign = things[:i] + things[i + 1 :]
            costs = [
                rank + _cost(box, others, things + obstacles, inside) + _ambiguity(box, things[i], foreign)
                for rank, box in candidates
            ]
            boxes[i] = candidates[int(np.argmin(costs))][1]
    for text, box, anchor, thing in zip(texts, boxes, anchors, things, strict=True):
        assert box is not None
        x, y = axes.transData.inverted().transform(((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2))
        text.set_position((float(x), float(y)))
        _lead(axes, box, anchor, thing, LEADER * scale)


def _around(anchor: Array, scale: float) -> Bbox:
    return Bbox.from_bounds(anchor[0] - 4 * scale, anchor[1] - 4 * scale, 8 * scale, 8 * scale)


def _candidates(anchor: Array, thing: Bbox, size: tuple[float, float], scale: float) -> list[tuple[float, Bbox]]:
    """Boxes beside, above and below the thing with a small cost for distance, so that the nearest free one wins."""
    width, height = size
    found = []
    for d, distance in enumerate(DISTANCES):
        for k, (dx, dy) in enumerate(DIRECTIONS):
            reach = distance * scale * (0.7 if dx and dy else 1.0)
            x = anchor[0] + dx * (reach + width / 2)
            edge = (thing.y1 if dy > 0 else thing.y0) if dy and not dx else anchor[1]
            y = edge + dy * ((reach if dx else reach - 4 * scale) + height / 2)
            found.append((20.0 * d + k, Bbox.from_bounds(x - width / 2, y - height / 2, width, height)))
    return found


def _cost(box: Bbox, labels: list[Bbox], obstacles: list[Bbox], inside: Bbox) -> float:
    outside = box.width * box.height - _common(box, inside)
    return 40 * outside + 10 * sum(_common(box, b) for b in labels) + 3 * sum(_common(box, b) for b in obstacles)


def _ambiguity(box: Bbox, own: Bbox, foreign: list[Bbox]) -> float:
    """A label that stands nearer to another thing than to its own would be read as that thing's."""
    return 60.0 if min((_gap(box, thing) for thing in foreign), default=np.inf) <= _gap(box, own) else 0.0


def _gap(a: Bbox, b: Bbox) -> float:
    """The distance between the nearest edges of two boxes."""
    return float(np.hypot(max(a.x0 - b.x1, b.x0 - a.x1, 0), max(a.y0 - b.y1, b.y0 - a.y1, 0)))


def _common(a: Bbox, b: Bbox) -> float:
    """The area that two boxes share."""
    return float(max(min(a.x1, b.x1) - max(a.x0, b.x0), 0) * max(min(a.y1, b.y1) - max(a.y0, b.y0), 0))


def _lead(axes: Axes, box: Bbox, anchor: Array, thing: Bbox, longest: float) -> None:
    """Join a label that stands far off to its point."""
    nearest = np.array([np.clip(anchor[0], box.x0, box.x1), np.clip(anchor[1], box.y0, box.y1)])
    if _gap(box, thing) > longest:
        ends = axes.transData.inverted().transform([nearest, anchor])
        axes.plot(*ends.T, color=MUTED, linewidth=0.5, zorder=1)
