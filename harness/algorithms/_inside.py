"""Evolution among scores, which cost next to nothing: the search in a supernet (Guo et al., ECCV 2020, Algorithm 1)."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, SearchSpace

Score = Callable[[Sequence[Arch]], NDArray[np.float64]]
"""Scores of architectures, the higher the better, shape (architectures,); NaN for none."""

TRIES = 100
"""Children that are thrown away in a row before a generation is as large as it gets."""

MISSES = 20_000
"""The same of random architectures, of which the first population is full unless hardly any are allowed."""


class Evolution(NamedTuple):
    """The sizes of Algorithm 1, and the probability that a mutation changes a decision."""

    population: int
    generations: int
    parents: int
    mutation: float


class Ranking:
    """Every architecture that was scored, isomorphic ones once; `allowed` says which may be scored at all."""

    def __init__(self, space: SearchSpace, score: Score, allowed: Callable[[Arch], bool]) -> None:
        self._space, self._score, self._allowed = space, score, allowed
        self._scores: dict[Arch, float] = {}

    def admit(self, archs: list[Arch], arch: Arch) -> bool:
        """Put it on the list of those to be scored, unless it is there, was scored, or is not allowed."""
        if not self._space.admits(arch):
            return False
        own = self._space.canonical(arch)
        new = own not in self._scores and own not in archs and self._allowed(own)
        if new:
            archs.append(own)
        return new

    def add(self, archs: Sequence[Arch]) -> None:
        """Score them."""
        if archs:
            found = np.nan_to_num(self._score(archs), nan=-np.inf)
            self._scores.update(zip(archs, found.tolist(), strict=True))

    def best(self, count: int | None = None) -> list[Arch]:
        """The best, in order; of equal ones those that were scored first."""
        return sorted(self._scores, key=lambda arch: -self._scores[arch])[:count]


def evolve(ranking: Ranking, space: SearchSpace, sizes: Evolution, rng: np.random.Generator) -> None:
    """Random architectures first; then, generation by generation, half crossovers and half mutants of the best."""
    ranking.add(_filled(ranking, sizes.population, lambda: space.sample(rng), MISSES))
    for _ in range(sizes.generations):
        parents = ranking.best(sizes.parents)
        if not parents:
            return
        crossed = _filled(ranking, sizes.population // 2, partial(_crossover, parents, rng))
        ranking.add(crossed)
        mutants = partial(_mutant, parents, space.choices, sizes.mutation, rng)
        ranking.add(_filled(ranking, sizes.population - len(crossed), mutants))


def _filled(ranking: Ranking, wanted: int, draw: Callable[[], Arch], tries: int = TRIES) -> list[Arch]:
    """So many architectures that may be scored, or as many as turn up."""
    found: list[Arch] = []
    misses = 0
    while len(found) < wanted and misses < tries:
        misses = 0 if ranking.admit(found, draw()) else misses + 1
    return found


def _crossover(parents: Sequence[Arch], rng: np.random.Generator) -> Arch:
    """Each decision is that of one of two parents; the options need not go together."""
    first, second = (parents[k] for k in rng.integers(len(parents), size=2))
    return tuple(a if take else b for a, b, take in zip(first, second, rng.random(len(first)) < 0.5, strict=True))


def _mutant(parents: Sequence[Arch], choices: Sequence[int], rate: float, rng: np.random.Generator) -> Arch:
    """A parent in which each decision is drawn anew with probability `rate`."""
    parent = parents[int(rng.integers(len(parents)))]
    changed = rng.random(len(parent)) < rate
    return tuple(
        int(rng.integers(n)) if change else option for option, n, change in zip(parent, choices, changed, strict=True)
    )
