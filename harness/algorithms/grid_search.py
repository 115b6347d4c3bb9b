"""Grid search, what Bergstra & Bengio (JMLR 2012) compare random search to: every architecture once, in order."""

import math
from collections.abc import Callable

import numpy as np

from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import whole
from harness.core import Algorithm, Arch, Problem, Query, SearchSpace, Trial
from harness.errors import BadValue

LIST = 1_000_000
"""The most architectures of a space that are listed for its official order."""


class GridSearch(Algorithm):
    """Walks through an order of the space, once; at its end it goes on from the beginning, to where it began.

    `order` is "lexicographic" (the last decision changes fastest; options that do not go together are skipped, and
    nothing is listed: it works in spaces of any size) or "official", that of the space's indices, which some spaces
    shuffle and which lists them, a million architectures at most. `start` is the place in that order where it begins: a
    lexicographic one counts all combinations of options. It is drawn from the seed unless given, as a budget below the
    space's size reaches a part of the order only; 0 is the beginning.

    `epochs`, `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        order: str = "lexicographic",
        start: int | None = None,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._admits = problem.space.admits
        self._left, self._at = _order(problem.space, order)
        if start is None:
            drawn = int.from_bytes(np.random.default_rng(seed).bytes(self._left.bit_length() // 8 + 9), "little")
            self._place = drawn % self._left
        else:
            self._place = whole("start", start, 0, self._left - 1)
        self._length = self._left

    def ask(self) -> Query | None:
        """The next architecture of the order; None for good once each has been asked."""
        while self._left:
            arch = self._at(self._place)
            self._place = (self._place + 1) % self._length
            self._left -= 1
            if self._admits(arch):
                return Query(arch, self._fidelity)
        return None

    def tell(self, trial: Trial) -> None:
        """Nothing: grid search does not learn."""


def _order(space: SearchSpace, order: str) -> tuple[int, Callable[[int], Arch]]:
    """How many places an order has, and what is at each."""
    if order == "lexicographic":
        return math.prod(space.choices), lambda place: _nth(space.choices, place)
    if order != "official":
        raise BadValue(f"order = {order!r} cannot be used: give 'lexicographic' or 'official'")
    if space.size > LIST:
        raise BadValue(
            f"order = 'official' lists the space, and {space.name} has {space.size:,} architectures, more than "
            f"{LIST:,}: give order = 'lexicographic'"
        )
    archs = space.all()
    return len(archs), archs.__getitem__


def _nth(choices: tuple[int, ...], place: int) -> Arch:
    """The combination of options at this place, read as one digit per decision, the last one the least."""
    options = []
    for n in reversed(choices):
        place, option = divmod(place, n)
        options.append(option)
    return tuple(reversed(options))
