"""Differential evolution on architectures, rand/1/bin (Storn & Price, Journal of Global Optimization 1997)."""

from collections.abc import Sequence

import numpy as np

from harness.core import Arch, SearchSpace

Vector = tuple[float, ...]
"""A point of the unit cube: an option of a decision is one of so many equal parts of the side."""

_AHEAD = 256
_TRIES = 100


class Member:
    """A vector, its architecture, whether that was asked, and its loss; an untold member has loss +inf."""

    __slots__ = ("arch", "asked", "loss", "vector")

    def __init__(self, vector: Vector, arch: Arch) -> None:
        self.vector, self.arch, self.asked, self.loss = vector, arch, False, float("inf")


class Variation:
    """Random members, and children of members by mutation and crossover."""

    def __init__(self, space: SearchSpace, factor: float, crossover: float, rng: np.random.Generator) -> None:
        self._space, self._factor, self._crossover, self._rng = space, factor, crossover, rng
        self._draws: list[float] = []

    def uniform(self) -> float:
        """A number from 0 to 1, fetched with many others."""
        if not self._draws:
            self._draws = self._rng.random(_AHEAD).tolist()
        return self._draws.pop()

    def random(self) -> Member:
        """A random architecture, at a random point of its part of the cube."""
        arch = self._space.sample(self._rng)
        vector = [(option + self.uniform()) / n for option, n in zip(arch, self._space.choices, strict=True)]
        return Member(tuple(vector), arch)

    def child(self, target: Member, parents: Sequence[Member]) -> Member:
        """A child of `target` and a mutant of three different parents; a random member when no try is admitted."""
        for _ in range(_TRIES):
            vector = self._crossed(target.vector, *self._three(parents))
            arch = self._arch(vector)
            if self._space.admits(arch):
                return Member(vector, arch)
        return self.random()

    def _three(self, parents: Sequence[Member]) -> tuple[Vector, Vector, Vector]:
        """Three different places of `parents`, in random order."""
        n = len(parents)
        i, j, k = int(self.uniform() * n), int(self.uniform() * (n - 1)), int(self.uniform() * (n - 2))
        j += j >= i
        low, high = (i, j) if i < j else (j, i)
        k += k >= low
        k += k >= high
        return parents[i].vector, parents[j].vector, parents[k].vector

    def _crossed(self, target: Vector, base: Vector, plus: Vector, minus: Vector) -> Vector:
        """Binomial crossover: at least one coordinate is the mutant's, base + factor (plus - minus).

        A mutant's coordinate outside the cube is drawn anew, uniformly.
        """
        vector = list(target)
        always = int(self.uniform() * len(vector))
        for i in range(len(vector)):
            if i == always or self.uniform() < self._crossover:
                value = base[i] + self._factor * (plus[i] - minus[i])
                vector[i] = value if 0 <= value <= 1 else self.uniform()
        return tuple(vector)

    def _arch(self, vector: Vector) -> Arch:
        return tuple([min(int(x * n), n - 1) for x, n in zip(vector, self._space.choices, strict=True)])
