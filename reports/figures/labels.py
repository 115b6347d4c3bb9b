"""Direct labels that overlap neither each other nor what they name."""

import re
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from scipy.optimize import isotonic_regression

from reports.figures.arrange import Choice, arranged
from reports.figures.boxes import Array, boxes_of, common, crossed, gap, leader_ends, middle
from reports.figures.style import INK, MUTED, small

DISTANCES = (3.0, 7.0, 11.0, 17.0, 24.0, 33.0, 44.0)
"""Points from the edge of the thing to the nearest edge of its label."""
SIDES = (0.0, 0.35, -0.35, 0.8, -0.8, 1.4, -1.4, 2.2, -2.2, 3.2, -3.2, 4.4, -4.4, 5.8, -5.8)
"""How far beside the thing a label may be shifted up or down, in halves of their heights."""
DIRECTIONS = [(dx, dy) for dy in SIDES for dx in (1, -1)] + [(dx, dy) for dy in (1, -1) for dx in (0, 1, -1)]
LEADER = 5.0
"""A label farther away than this is joined to its thing by a line."""
MARKER = 4.0
"""Half the size of a marker."""
LONGEST, TAIL, UNBROKEN = 60, 16, 24
"""Characters of a name that are shown, those of its end, and those that are never cut where nothing allows it."""
ROOM = 1.06
"""Times the width of a text: print and screen set the same letters a little differently."""
RANKS = np.add.outer(8.0 * np.arange(len(DISTANCES)), np.arange(len(DIRECTIONS)) / 2).ravel()
"""A small cost for distance, so that the nearest free place wins."""


class Label(NamedTuple):
    """A text and the point it names, in data coordinates, with the ends of the point's interval.

    A point whose text is empty gets no label, and is kept free from those of others.
    """

    text: str
    x: float
    y: float
    low: float
    high: float


class Placed(NamedTuple):
    """A label as written, and the line that joins it to its point where it stands far off."""

    text: Text
    leader: Line2D | None


def wrapped(label: str, width: int) -> str:
    """A long name in lines of about this many characters, cut after underscores, brackets and commas.

    Of a very long one the middle is left out.
    """
    if len(label) > LONGEST:
        label = f"{label[: LONGEST - TAIL]}…{label[-TAIL:]}"
    lines, longest = [""], max(2 * width, UNBROKEN)
    for part in re.findall(rf"[^_(, ]{{1,{longest}}}[_(,]* *|[_(, ]+", label):
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


def place(axes: Axes, labels: list[Label], obstacles: list[Bbox]) -> list[Placed]:
    """Write each label beside its point where it covers least; `obstacles` are boxes in display units to keep free.

    The axes' limits and size must be final. Returns what was written, in the order of the labels.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    scale = figure.dpi / 72
    things = np.array([_thing(axes, label, scale) for label in labels]).reshape(-1, 4)
    inside, kept_free = boxes_of([axes.get_window_extent()])[0], boxes_of(obstacles)
    named = [i for i, label in enumerate(labels) if label.text]
    texts, choices = [], []
    for i in named:
        texts.append(_text(axes, labels[i]))
        extent = texts[-1].get_window_extent()
        boxes = _candidates(things[i], (ROOM * extent.width, extent.height), scale)
        cost = RANKS + _cost(boxes, things[i], np.delete(things, i, axis=0), inside, kept_free)
        choices.append(Choice(things[i], boxes, cost))
    placed = zip(texts, named, arranged(choices), strict=True)
    return [_write(axes, text, box, things[i], LEADER * scale) for text, i, box in placed]


def keep_clear(placed: list[Placed], obstacles: list[Bbox]) -> list[Placed]:
    """Take away each label that covers an obstacle or a label before it; returns those that stay."""
    kept: list[Placed] = []
    taken = list(obstacles)
    for one in placed:
        box = one.text.get_window_extent()
        if any(box.overlaps(other) for other in taken):
            one.text.remove()
            if one.leader is not None:
                one.leader.remove()
        else:
            kept.append(one)
            taken.append(box)
    return kept


def _cost(boxes: Array, own: Array, foreign: Array, inside: Array, obstacles: Array) -> Array:
    """Areas covered, and penalties for a label that would be read as another thing's, one number per box."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    outside = width * height - common(boxes, inside[None])[:, 0]
    covered = common(boxes, np.concatenate([foreign, own[None], obstacles])).sum(axis=1)
    touched = (common(boxes, obstacles) > 0).sum(axis=1)
    nearer = (gap(boxes, foreign) <= gap(boxes, own[None])).any(axis=1)
    cost: Array = 40 * outside + 3 * covered + 60.0 * (touched + nearer)
    return cost + 40.0 * crossed(boxes, own, foreign) + 15.0 * crossed(boxes, own, obstacles)


def _text(axes: Axes, label: Label) -> Text:
    style: dict[str, Any] = {"fontsize": small() - 0.5, "color": INK, "linespacing": 0.95, "ma": "left"}
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
            x, y = middle(thing)
            x += dx * (distance * scale + (wide + width) / 2) if dy in SIDES else dx * width / 2.5
            y += dy * (high + height) / 2 if dy in SIDES else dy * (distance * scale + (high + height) / 2)
            found.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
    return np.array(found)


def _write(axes: Axes, text: Text, box: Array, thing: Array, longest: float) -> Placed:
    """Put a text into its box, and join it to its thing where it stands far off."""
    to_data = axes.transData.inverted()
    x, y = to_data.transform(middle(box))
    text.set_position((float(x), float(y)))
    if gap(box[None], thing[None])[0, 0] <= longest:
        return Placed(text, None)
    ends = to_data.transform(np.concatenate(leader_ends(box[None], thing)))
    return Placed(text, axes.plot(*ends.T, color=MUTED, linewidth=0.5, zorder=1)[0])
