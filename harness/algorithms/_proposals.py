"""Where the candidates of model-based searches come from: endless proposals, new or not."""

import heapq
from collections.abc import Callable, Iterator
from itertools import cycle

import numpy as np

from harness.core import Arch, SearchSpace

Told = list[tuple[Arch, float]]
"""Architectures and their finite losses, in the order of the telling; there is at least one."""

Propose = Callable[[SearchSpace, Told, np.random.Generator], Iterator[Arch]]


def mutants_of_best(parents: int) -> Propose:
    """Mutants of the `parents` architectures of lowest loss, of each in turn; of equal losses the first told wins."""

    def propose(space: SearchSpace, told: Told, rng: np.random.Generator) -> Iterator[Arch]:
        for parent, _ in cycle(heapq.nsmallest(parents, told, key=_loss)):
            yield space.mutate(parent, rng)

    return propose


def random_and_mutants(parents: int) -> Propose:
    """A random architecture and a mutant of one of the `parents` best, in turn."""
    mutants_of = mutants_of_best(parents)

    def propose(space: SearchSpace, told: Told, rng: np.random.Generator) -> Iterator[Arch]:
        for mutant in mutants_of(space, told, rng):
            yield space.sample(rng)
            yield mutant

    return propose


def offspring(population: int, sample: int) -> Propose:
    """Mutants of the winners of tournaments of `sample`, drawn with replacement from the `population` told last."""

    def propose(space: SearchSpace, told: Told, rng: np.random.Generator) -> Iterator[Arch]:
        alive = told[-population:]
        while True:
            drawn = [alive[int(place * len(alive))] for place in rng.random(sample).tolist()]
            yield space.mutate(min(drawn, key=_loss)[0], rng)

    return propose


def _loss(one: tuple[Arch, float]) -> float:
    return one[1]
