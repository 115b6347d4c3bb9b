"""Regularized evolution (Real et al., AAAI 2019, Algorithm 1) whose tournaments are won by Pareto rank and crowding."""

from collections import deque

import numpy as np

from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import whole
from harness.algorithms._pareto import Losses, crowding_of, fronts_of, settled
from harness.core import Algorithm, Arch, Problem, Query, Trial


class MoRegularizedEvolution(Algorithm):
    """A queue of the `population` architectures told last; the best of `sample` drawn from it is mutated.

    The best is that of the crowded-comparison operator of NSGA-II (Deb et al., IEEE TEC 2002, section III-B): of the
    lowest front of the population and, within a front, the least crowded; of equals the first drawn. Syne Tune's
    multi-objective regularized evolution (Salinas et al., AutoML-Conf 2022) orders by non-dominated sorting too, with
    another order within a front. All else is as in `regularized_evolution`, which this is when there is one objective
    and no two losses are equal: what is old dies, even when nothing dominates it, so that the front of a run is that of
    all it has asked.

    `epochs`, `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        population: int = 20,
        sample: int = 5,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        self._size = whole("population", population, 1)
        self._sample = whole("sample", sample, 1, population)
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._space = problem.space
        self._rng = np.random.default_rng(seed)
        self._archs: deque[Arch] = deque(maxlen=population)
        self._losses: deque[Losses] = deque(maxlen=population)

    def ask(self) -> Query:
        """A random architecture until the population is full, then a child of the tournament's winner."""
        if len(self._archs) < self._size:
            return Query(self._space.sample(self._rng), self._fidelity)
        return Query(self._space.mutate(self._archs[self._winner()], self._rng), self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Let the newcomer in; the queue drops the oldest."""
        self._archs.append(trial.query.arch)
        self._losses.append(settled(trial.losses))

    def _winner(self) -> int:
        """The place of the least crowded of those in the lowest front that any of `sample` members is in."""
        drawn = [int(draw * self._size) for draw in self._rng.random(self._sample).tolist()]
        losses = list(self._losses)
        for front in fronts_of(losses):
            finalists = [i for i in drawn if i in front]
            if finalists:
                break
        if len(finalists) == 1:
            return finalists[0]
        crowding = dict(zip(front, crowding_of([losses[i] for i in front]), strict=True))
        return max(finalists, key=crowding.__getitem__)
