"""Which runs of an experiment are made again: drawn so that every study and many items get a turn."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from harness.experiment.blocks import Block


class Stored(NamedTuple):
    """A block as it is planned now, and the name that it is stored by."""

    name: str
    block: Block


class Run(NamedTuple):
    """One seed of one item: a search, or the scores of a proxy for the architectures of its block."""

    name: str
    block: Block
    label: str
    seed: int


def draw_runs(blocks: Sequence[Stored], count: int, rng: np.random.Generator) -> list[Run]:
    """So many different runs, or all where there are fewer; the studies take turns, and in each of them the items."""
    studies: dict[int, dict[str, list[Stored]]] = {}
    for one in blocks:
        for label in one.block.items:
            studies.setdefault(one.block.study, {}).setdefault(label, []).append(one)
    turns = [deque(_draws(items, count, rng)) for items in studies.values()]
    waiting, chosen = deque(turns[k] for k in rng.permutation(len(turns))), list[Run]()
    while waiting and len(chosen) < count:
        items = waiting.popleft()
        runs = items.popleft()
        if (run := next(runs, None)) is not None:
            chosen.append(run)
            items.append(runs)
        if items:
            waiting.append(items)
    return chosen


def runs_in(blocks: Sequence[Stored]) -> int:
    """How many runs there are."""
    return sum(len(one.block.seeds) * len(one.block.items) for one in blocks)


def _draws(items: dict[str, list[Stored]], count: int, rng: np.random.Generator) -> list[Iterator[Run]]:
    """The runs of each item in the order in which they would be drawn, the items in an order drawn too."""
    labels = list(items)
    return [_drawn(labels[k], items[labels[k]], count, rng) for k in rng.permutation(len(labels))]


def _drawn(label: str, blocks: list[Stored], count: int, rng: np.random.Generator) -> Iterator[Run]:
    ends = np.cumsum([len(one.block.seeds) for one in blocks])
    places = rng.choice(ends[-1], size=min(count, ends[-1]), replace=False)
    owners = np.searchsorted(ends, places, side="right")
    for place, owner in zip(places, owners, strict=True):
        one = blocks[owner]
        yield Run(one.name, one.block, label, one.block.seeds[place - ends[owner]])
