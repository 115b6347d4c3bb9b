"""Geometry of boxes on a page: left, lower, right and upper edges in display units."""

import numpy as np
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

Array = NDArray[np.float64]


def boxes_of(found: list[Bbox]) -> Array:
    """Left, lower, right and upper edges, shape (boxes, 4)."""
    return np.array([box.extents for box in found], dtype=np.float64).reshape(-1, 4)


def middle(box: Array) -> tuple[float, float]:
    """Across and up."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def crossed(boxes: Array, own: Array, others: Array) -> Array:
    """Over how many other things a line from each box to its own thing would run."""
    starts, anchors = leader_ends(boxes, own)
    x, y = np.moveaxis(starts[:, None] + np.linspace(0, 1, 17)[:, None] * (anchors - starts)[:, None], 2, 0)[..., None]
    x0, y0, x1, y1 = others.T
    inside = (x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1)
    crossed: Array = inside.any(axis=1).sum(axis=1).astype(np.float64)
    return crossed


def leader_ends(boxes: Array, thing: Array) -> tuple[Array, Array]:
    """The nearest points of each label and of the thing's middle line, shape (boxes, 2) each."""
    x, _ = middle(thing)
    x0, y0, x1, y1 = boxes.T
    y = np.clip((y0 + y1) / 2, thing[1], thing[3])
    anchors = np.stack([np.full(len(boxes), x), y], axis=1)
    return np.stack([np.clip(x, x0, x1), np.clip(y, y0, y1)], axis=1), anchors


def gap(a: Array, b: Array) -> Array:
    """The distances between the nearest edges of two sets of boxes, shape (boxes in a, boxes in b)."""
    apart = np.maximum(a[:, None, :2] - b[:, 2:], b[:, :2] - a[:, None, 2:])
    gaps: Array = np.hypot(*np.moveaxis(np.maximum(apart, 0), 2, 0))
    return gaps


def common(a: Array, b: Array) -> Array:
    """The areas that two sets of boxes share, shape (boxes in a, boxes in b)."""
    sides = np.minimum(a[:, None, 2:], b[:, 2:]) - np.maximum(a[:, None, :2], b[:, :2])
    areas: Array = np.maximum(sides, 0).prod(axis=2)
    return areas
