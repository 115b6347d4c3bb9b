"""NSGA-II (Deb, Pratap, Agarwal & Meyarivan, IEEE TEC 2002): elitist evolution of a whole front."""

import numpy as np

from harness.algorithms._deck import Deck
from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import number, whole
from harness.algorithms._pareto import Crowded, Losses, crowded, settled
from harness.core import Algorithm, Arch, Problem, Query, Trial

_ATTEMPTS = 32
"""So many variations may give nothing new before an architecture is drawn at random instead."""


class Nsga2(Algorithm):
    """The best `population` of parents and children by rank, then crowding distance, are the next parents.

    A child has two parents, each the winner of a binary tournament by the crowded-comparison operator, of equals the
    first drawn (sections III-B and III-C). As in the paper's binary-coded form (section IV), one-point crossover has
    probability `crossover`, and each decision then takes another option with probability 1/decisions: a mutation of its
    own, which the wrapper `move` does not guide. The paper's population is 100 for 25,000 evaluations; the default is
    meant for hundreds of them.

    A generation is closed when `population` children have been told, whichever they are: workers never wait, and one
    that is told late competes in the generation that it is told in. With one worker this is the paper's algorithm. A
    failed trial ranks behind all others.

    Nothing is asked twice: a child that was asked before is mutated again, one that is no architecture is made anew;
    when 32 attempts found nothing new, the next is drawn among all that were never asked, as the first `population`
    are. Nothing is left to ask once the whole space has been asked.

    `epochs`, `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        population: int = 40,
        crossover: float = 0.9,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        self._size = whole("population", population, 2)
        self._crossover = number("crossover", crossover, 0, 1)
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._space = problem.space
        self._rng = np.random.default_rng(seed)
        self._deck = Deck(problem.space, self._rng)
        self._asked: set[Arch] = set()
        self._parents: list[tuple[Crowded, Arch, Losses]] = []
        self._children: list[tuple[Arch, Losses]] = []

    def ask(self) -> Query | None:
        """A random architecture until there are parents, then a child of theirs; None once the space is exhausted."""
        arch = (self._child() if self._parents else None) or self._fresh()
        if arch is None:
            return None
        self._asked.add(arch)
        return Query(arch, self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Count the child in; the last of a generation closes it."""
        self._children.append((trial.query.arch, settled(trial.losses)))
        if len(self._children) == self._size:
            self._select()

    def _select(self) -> None:
        """The next parents: the fronts that fit, and of the one that does not the least crowded (section III-C)."""
        everyone = [(arch, losses) for _, arch, losses in self._parents] + self._children
        keys = crowded([losses for _, losses in everyone])
        best = sorted(range(len(keys)), key=keys.__getitem__)[: self._size]
        self._parents = [(keys[i], *everyone[i]) for i in best]
        self._children = []

    def _child(self) -> Arch | None:
        """A child that was never asked; None where it takes too many attempts."""
        child: Arch | None = None
        for _ in range(_ATTEMPTS):
            child = self._mutate(self._cross() if child is None else child)
            if not self._space.admits(child):
                child = None
            elif child not in self._asked:
                return child
        return None

    def _cross(self) -> Arch:
        """The first parent's decisions up to a random point, the second parent's from there on."""
        draws = self._rng.random(6).tolist()
        mother, father = self._winner(draws[0], draws[1]), self._winner(draws[2], draws[3])
        if draws[4] >= self._crossover:
            return mother
        point = 1 + int(draws[5] * (len(mother) - 1))
        return mother[:point] + father[point:]

    def _winner(self, first: float, second: float) -> Arch:
        one, other = self._parents[int(first * self._size)], self._parents[int(second * self._size)]
        return other[1] if other[0] < one[0] else one[1]

    def _mutate(self, arch: Arch) -> Arch:
        """Each decision takes another option, drawn uniformly, with probability 1/decisions."""
        n, options = len(arch), list(arch)
        for i, draw in enumerate(self._rng.random(n).tolist()):
            if (share := draw * n) < 1:  # then it is uniform again
                k = self._space.choices[i]
                options[i] = (options[i] + 1 + int(share * (k - 1))) % k
        return tuple(options)

    def _fresh(self) -> Arch | None:
        """A random architecture that was never asked, or None when there is none."""
        while (arch := self._deck.draw()) in self._asked:
            pass
        return arch
