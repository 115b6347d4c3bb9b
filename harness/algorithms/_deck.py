"""Drawing architectures without replacement, from spaces of any size."""

import math

import numpy as np

from harness.core import Arch, SearchSpace

_AHEAD = 64
"""Draws whose random bytes are fetched in one call."""


class Deck:
    """The architectures of a space in uniformly random order, each once, those that the space recommends first.

    Options that do not go together are skipped.

    The shuffle is that of Fisher and Yates done lazily: only the places that it has touched are stored, so that k draws
    take O(k) time and memory in a space of 10^18 architectures too. A place is drawn from 8 more random bytes than the
    size of the space has; no order is more likely than another by more than 2^-64 a draw.
    """

    def __init__(self, space: SearchSpace, rng: np.random.Generator) -> None:
        self._choices, self._admits, self._recommend = space.choices, space.admits, space.recommend
        self._pool, self._seen = space.pool, set[Arch]()
        self._left = math.prod(space.choices) if space.pool is None else len(space.pool)
        self._rng = rng
        self._moved: dict[int, int] = {}
        self._width = self._left.bit_length() // 8 + 9
        self._random = b""

    def draw(self) -> Arch | None:
        """The next architecture; None for good once each has been drawn."""
        recommended = self._recommend()
        if recommended is not None:
            self._seen.add(recommended)
            return recommended
        while self._left:
            arch = self._next()
            if self._admits(arch) and arch not in self._seen:
                return arch
        return None

    def _next(self) -> Arch:
        if not self._random:
            self._random = self._rng.bytes(self._width * min(_AHEAD, self._left))
        fraction, self._random = self._random[: self._width], self._random[self._width :]
        place = int.from_bytes(fraction, "little") * self._left >> 8 * self._width
        self._left -= 1
        last = self._moved.pop(self._left, self._left)
        if place == self._left:
            return self._arch(last)
        drawn = self._moved.get(place, place)
        self._moved[place] = last
        return self._arch(drawn)

    def _arch(self, number: int) -> Arch:
        """The architecture of this number, in the pool or read as one digit per decision."""
        if self._pool is not None:
            return self._pool[number]
        options = []
        for n in self._choices:
            number, option = divmod(number, n)
            options.append(option)
        return tuple(options)
