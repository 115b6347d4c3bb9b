"""Regularized evolution (Real et al., AAAI 2019, Algorithm 1): the oldest of the population dies, not the worst."""

from collections import deque

import numpy as np

from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import one_objective, whole
from harness.core import Algorithm, Arch, Problem, Query, Trial


class RegularizedEvolution(Algorithm):
    """A queue of the `population` architectures told last; the best of `sample` drawn from it is mutated.

    Parents are drawn with replacement, as Algorithm 1 writes it, and of equal losses the first drawn wins. A mutation
    gives one decision another option, as is usual in small spaces; the paper's identity mutation is left out. Age
    counts from the telling, so that trials may end in any order; a failed one has loss +inf and ages like the others.
    While fewer than `population` have been told, questions are drawn uniformly: workers never wait.

    `epochs`, `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        population: int = 10,
        sample: int = 3,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        one_objective(problem)
        self._size = whole("population", population, 1)
        self._sample = whole("sample", sample, 1, population)
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._space = problem.space
        self._rng = np.random.default_rng(seed)
        self._population: deque[tuple[Arch, float]] = deque(maxlen=population)

    def ask(self) -> Query:
        """A random architecture until the population is full, then a child of the tournament's winner."""
        if len(self._population) < self._size:
            return Query(self._space.sample(self._rng), self._fidelity)
        return Query(self._space.mutate(self._parent(), self._rng), self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Let the newcomer in; the queue drops the oldest."""
        self._population.append((trial.query.arch, trial.losses[0]))

    def _parent(self) -> Arch:
        """The winner of a tournament among `sample` members."""
        population, size = self._population, self._size
        draws = self._rng.random(self._sample).tolist()
        winner, lowest = population[int(draws[0] * size)]
        for draw in draws[1:]:
            candidate, loss = population[int(draw * size)]
            if loss < lowest:
                winner, lowest = candidate, loss
        return winner
