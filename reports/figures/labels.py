"""Direct labels that overlap neither each other nor what they name."""

import math
import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from reports.figures.style import INK, MUTED

Array = NDArray[np.float64]

DISTANCES = (3.0, 7.0, 11.0, 17.0, 24.0, 33.0, 44.0)
"""Points from the edge of the thing to the nearest edge of its label."""
SIDES = (0.0, 0.35, -0.35, 0.8, -0.8)
"""How far beside the thing a label may be shifted up or down, in halves of their heights."""
DIRECTIONS = [(dx, dy) for dy in SIDES for dx in (1, -1)] + [(dx, dy) for dy in (1, -1) for dx in (0, 1, -1)]
LEADER = 5.0
"""A label farther away than this is joined to its thing by a line."""
MARKER = 4.0
"""Half the size of a marker."""
SWEEPS = 4


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
    things = [_thing(axes, label, scale) for label in labels]
    sizes = [(box.width, box.height) for box in (text.get_window_extent() for text in texts)]
    scene = _Scene(axes.get_window_extent(), things, obstacles)
    boxes: dict[int, Bbox] = {}
    for _ in range(SWEEPS):
        for i, thing in enumerate(things):
            others = [box for j, box in boxes.items() if j != i]
            candidates = _candidates(thing, sizes[i], scale)
            boxes[i] = _cheapest(candidates, partial(scene.cost, i, others))
    for i, text in enumerate(texts):
        x, y = axes.transData.inverted().transform(_middle(boxes[i]))
        text.set_position((float(x), float(y)))
        _lead(axes, boxes[i], things[i], LEADER * scale)


def _cheapest(candidates: list[tuple[float, Bbox]], cost: Callable[[Bbox], float]) -> Bbox:
    """The box of least rank and cost together; ranks ascend, so that the search ends when they alone are too dear."""
    best, least = candidates[0][1], math.inf
    for rank, box in candidates:
        if rank >= least:
            break
        if (total := rank + cost(box)) < least:
            best, least = box, total
    return best


class _Scene(NamedTuple):
    """What a label must not cover, in display units."""

    inside: Bbox
    things: list[Bbox]
    obstacles: list[Bbox]

    def cost(self, i: int, labels: list[Bbox], box: Bbox) -> float:
        """Areas covered, and penalties for a label that would be read as another thing's."""
        foreign = self.things[:i] + self.things[i + 1 :]
        own = self.things[i]
        outside = box.width * box.height - _common(box, self.inside)
        covered = sum(_common(box, b) for b in self.things + self.obstacles)
        nearer = sum(_gap(box, thing) <= _gap(box, own) for thing in foreign)
        crossed = sum(_crosses(box, own, thing) for thing in foreign)
        overlaid = 10 * sum(_common(box, b) for b in labels)
        return 40 * outside + overlaid + 3 * covered + 60.0 * min(nearer, 1) + 40.0 * crossed


def _text(axes: Axes, label: Label) -> Text:
    style: dict[str, Any] = {"fontsize": 7.5, "color": INK, "linespacing": 0.95}
    return axes.text(0, 0, label.text, ha="center", va="center", zorder=6, **style)


def _thing(axes: Axes, label: Label, scale: float) -> Bbox:
    """The box of a marker and its interval, with the marker in the middle of its width."""
    marker, low, high = axes.transData.transform([(label.x, y) for y in (label.y, label.low, label.high)])
    reach = MARKER * scale
    return Bbox.from_extents(
        marker[0] - reach, min(low[1], marker[1] - reach), marker[0] + reach, max(high[1], marker[1] + reach)
    )


def _candidates(thing: Bbox, size: tuple[float, float], scale: float) -> list[tuple[float, Bbox]]:
    """Boxes beside, above and below the thing with a small cost for distance, so that the nearest free one wins."""
    width, height = size
    found = []
    for d, distance in enumerate(DISTANCES):
        for k, (dx, dy) in enumerate(DIRECTIONS):
            x, y = _middle(thing)
            x += dx * (distance * scale + (thing.width + width) / 2) if dy in SIDES else dx * width / 2.5
            y += (
                dy * (thing.height + height) / 2
                if dy in SIDES
                else dy * (distance * scale + (thing.height + height) / 2)
            )
            found.append((8.0 * d + k / 2, Bbox.from_bounds(x - width / 2, y - height / 2, width, height)))
    return found


def _middle(box: Bbox) -> tuple[float, float]:
    return (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2


def _crosses(box: Bbox, own: Bbox, other: Bbox) -> bool:
    """Whether a line from the label to its thing would run over another thing."""
    start, end = _ends(box, own)
    return any(other.contains(*(start + share * (end - start))) for share in np.linspace(0, 1, 9))


def _ends(box: Bbox, thing: Bbox) -> tuple[Array, Array]:
    """The nearest points of a label and of the thing's middle line."""
    x, _ = _middle(thing)
    anchor = np.array([x, np.clip((box.y0 + box.y1) / 2, thing.y0, thing.y1)])
    return np.array([np.clip(x, box.x0, box.x1), np.clip(anchor[1], box.y0, box.y1)]), anchor


def _gap(a: Bbox, b: Bbox) -> float:
    """The distance between the nearest edges of two boxes."""
    return math.hypot(max(a.x0 - b.x1, b.x0 - a.x1, 0), max(a.y0 - b.y1, b.y0 - a.y1, 0))


def _common(a: Bbox, b: Bbox) -> float:
    """The area that two boxes share."""
    width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    return float(width * height) if width > 0 and height > 0 else 0.0


def _lead(axes: Axes, box: Bbox, thing: Bbox, longest: float) -> None:
    """Join a label that stands far off to its thing."""
    if _gap(box, thing) > longest:
        ends = axes.transData.inverted().transform(np.array(_ends(box, thing)))
        axes.plot(*ends.T, color=MUTED, linewidth=0.5, zorder=1)
