"""Which place each label takes: the one of least cost, given where the others are."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.figures.boxes import Array, common, crossed

LIKELY = 50
"""Of so many places the lines to them are looked at in each turn."""
SWEEPS, STARTS = 6, 12
"""Rounds in which labels make room for each other, and how many orders of the labels are tried beside the given one."""


class Choice(NamedTuple):
    """A label's thing, the boxes that it may take, shape (boxes, 4), and what each costs whoever else is where."""

    thing: Array
    boxes: Array
    cost: Array


def arranged(choices: list[Choice]) -> list[Array]:
    """One box per label: the best of what is found from several orders of the labels, the given one first."""
    rng, count = np.random.default_rng(0), len(choices)
    orders = [np.arange(count), *(rng.permutation(count) for _ in range(STARTS if count > 1 else 0))]
    return min((_settled(choices, order) for order in orders), key=lambda found: found[0])[1]


def _settled(choices: list[Choice], order: NDArray[np.int64]) -> tuple[float, list[Array]]:
    """In turns, each label takes the box of least cost; returns what all cost together, and the boxes."""
    taken: dict[int, int] = {}
    for _ in range(SWEEPS):
        before = dict(taken)
        for i in order.tolist():
            taken[i] = int(np.argmin(_costs(choices, i, taken)))
        if taken == before:
            break
    whole = sum(float(_costs(choices, i, taken)[taken[i]]) for i in taken)
    return whole, [choices[i].boxes[taken[i]] for i in range(len(choices))]


def _costs(choices: list[Choice], i: int, taken: dict[int, int]) -> Array:
    """What each box of a label costs while the others are where they are; a line over another label costs, too."""
    thing, boxes, cost = choices[i]
    others = np.array([choices[j].boxes[at] for j, at in taken.items() if j != i]).reshape(-1, 4)
    covered = common(boxes, others).sum(axis=1)
    costs: Array = cost + 10 * covered + 80.0 * (covered > 0)
    least = np.argsort(costs, kind="stable")[:LIKELY]
    costs[least] += 90.0 * crossed(boxes[least], thing, others)
    return costs
