"""Plain evolution (Real et al., ICML 2017, section 3.1): the loser of a tournament dies, however young it is."""

import numpy as np

from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import one_objective, whole
from harness.core import Algorithm, Arch, Problem, Query, Trial

Seat = tuple[int, int]
"""A place of the population, and how many have held it before."""


class PlainEvolution(Algorithm):
    """The best of `sample` different members has a child, by one mutation; the child takes the place of the worst.

    The paper compares pairs (`sample = 2`) in a population of 1,000; `population = 10` is meant for hundreds of
    trainings and is that of `regularized_evolution`, from which it differs in who dies: the best of all never does. A
    member keeps its place until the child has been told. When another child has taken the place meanwhile, the worst of
    a new tournament makes room, so that trials may end in any order; a failed one has loss +inf. Equal losses are
    ranked by their places. While fewer than `population` have been told, questions are drawn uniformly.

    `epochs`, `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        population: int = 10,
        sample: int = 2,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        one_objective(problem)
        self._size = whole("population", population, 2)
        self._sample = whole("sample", sample, 2, population)
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._space = problem.space
        self._rng = np.random.default_rng(seed)
        self._members: list[tuple[Arch, float]] = []
        self._seats = list(range(population))
        self._held = [0] * population
        self._running: dict[Arch, list[Seat]] = {}
        """The seats that children were promised when they were asked."""

    def ask(self) -> Query:
        """A random architecture until the population is full, then a child of a tournament's winner."""
        if len(self._members) < self._size:
            return Query(self._space.sample(self._rng), self._fidelity)
        winner, loser = self._tournament()
        child = self._space.mutate(self._members[winner][0], self._rng)
        self._running.setdefault(child, []).append((loser, self._held[loser]))
        return Query(child, self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Let the newcomer in; once the population is full, in the place of a tournament's loser."""
        member = (trial.query.arch, trial.losses[0])
        if len(self._members) < self._size:
            self._members.append(member)
            return
        seat = self._promised(trial.query.arch)
        self._members[seat] = member
        self._held[seat] += 1

    def _promised(self, child: Arch) -> int:
        """The seat promised to this child, or another loser's when there is none or it was taken."""
        seats = self._running.get(child)
        if seats:
            seat, held = seats.pop(0)
            if not seats:
                del self._running[child]
            if self._held[seat] == held:
                return seat
        return self._tournament()[1]

    def _tournament(self) -> tuple[int, int]:
        """The seats of the best and the worst of `sample` different members, by loss and then by seat."""
        seats, members, left = self._seats, self._members, self._size
        drawn = []
        for draw in self._rng.random(self._sample).tolist():
            at, left = int(draw * left), left - 1  # Fisher & Yates: what was drawn goes to the end
            seat = seats[at]
            seats[at], seats[left] = seats[left], seat
            drawn.append((members[seat][1], seat))
        return min(drawn)[1], max(drawn)[1]
