"""DEHB (Awad et al., IJCAI 2021): Hyperband whose rungs are filled by differential evolution."""

from collections import defaultdict, deque
from itertools import cycle
from typing import NamedTuple

import numpy as np

from harness.algorithms._evolving import Member, Variation, Vector
from harness.algorithms._hyper import number, one_objective, positive
from harness.algorithms._rungs import Ladder, Rung
from harness.algorithms.hyperband import hyperband_brackets
from harness.core import Algorithm, Fidelity, Problem, Query, Trial


class Dehb(Algorithm):
    """A subpopulation for each fidelity, as large as its largest rung; the brackets say how many children each gets.

    Targets take turns. The mutant of a child has its three parents among the best of the fidelity below, as many as the
    rung has places; on the lowest rung of a bracket among those of its own fidelity. Where these are fewer than three,
    members of all subpopulations are added. A child replaces its target unless its loss is higher.

    In the first round of brackets there is no evolution yet to speak of: a target that was never asked is asked as it
    was drawn, and the higher rungs take promotions, the best of the fidelity below that were not promoted before.

    A point of the unit cube stands for the architecture of its parts, one option of a decision being as wide as
    another; different points may be the same architecture, which is then asked, and charged, again. A child that is no
    architecture of a space with constraints is drawn again. `mutation_factor` and `crossover` are the paper's F and p.

    A rung is begun once the one below has been told; meanwhile the next bracket begins, so that workers never wait.
    `eta`, `min_epochs` and `schedule` are those of Hyperband.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        eta: int = 3,
        min_epochs: int = 1,
        schedule: str | None = None,
        mutation_factor: float = 0.5,
        crossover: float = 0.5,
    ) -> None:
        one_objective(problem)
        factor = positive("mutation_factor", mutation_factor, 2)
        self._vary = Variation(problem.space, factor, number("crossover", crossover, 0, 1), np.random.default_rng(seed))
        rounds = hyperband_brackets(Ladder(problem, eta, min_epochs, schedule))
        self._first = len(rounds)
        """Brackets of the first round that have not begun."""
        self._rungs = cycle(rounds)
        sizes = [rung for bracket in rounds for rung in bracket]
        self._populations = {
            fidelity: _Population([self._vary.random() for _ in range(max(r.size for r in sizes if r[1] == fidelity))])
            for fidelity in sorted({rung.fidelity for rung in sizes})
        }
        self._brackets: list[_Bracket] = []
        self._running: defaultdict[Query, deque[_Job]] = defaultdict(deque)

    def ask(self) -> Query:
        """The next of the oldest bracket that does not wait, or the first of another bracket."""
        bracket = next((one for one in self._brackets if one.open()), None)
        if bracket is None:
            self._brackets = [one for one in self._brackets if not one.done()]
            bracket = _Bracket(next(self._rungs), promotes=self._first > 0)
            self._first -= bracket.promotes
            self._brackets.append(bracket)
        below, rung = bracket.next()
        population = self._populations[rung.fidelity]
        place = population.turn()
        child = self._promoted(bracket, below, rung) or self._child(population.members[place], below, rung.size)
        child.asked = True
        query = Query(child.arch, rung.fidelity)
        self._running[query].append(_Job(bracket, place, child))
        return query

    def tell(self, trial: Trial) -> None:
        """Selection: the child takes its target's place unless its loss is higher."""
        bracket, place, child = self._running[trial.query].popleft()
        if not self._running[trial.query]:
            del self._running[trial.query]
        child.loss = trial.losses[0]
        members = self._populations[trial.query.fidelity].members
        if child.loss <= members[place].loss:
            members[place] = child
        bracket.told += 1

    def _promoted(self, bracket: "_Bracket", below: Fidelity, rung: Rung) -> Member | None:
        """In the first round, the next of the best below, as it is; None when there is none."""
        if not bracket.promotes or below == rung.fidelity:
            return None
        population = self._populations[rung.fidelity]
        for member in sorted(self._populations[below].members, key=_loss):
            if member.loss < float("inf") and member.vector not in population.promoted:
                population.promoted.add(member.vector)
                return Member(member.vector, member.arch)
        return None

    def _child(self, target: Member, below: Fidelity, parents: int) -> Member:
        if not target.asked:
            return target
        pool = sorted(self._populations[below].members, key=_loss)[:parents]
        if len(pool) < 3:
            everyone = [member for population in self._populations.values() for member in population.members]
            pool += [everyone[int(self._vary.uniform() * len(everyone))] for _ in range(3 - len(pool))]
        return self._vary.child(target, pool)


class _Population:
    """The members of one fidelity, which are targets in turns."""

    def __init__(self, members: list[Member]) -> None:
        self.members = members
        self.promoted: set[Vector] = set()
        self._next = 0

    def turn(self) -> int:
        """The place of the next target."""
        place = self._next
        self._next = (place + 1) % len(self.members)
        return place


class _Bracket:
    """How far a bracket is: its rungs, and how many of this rung have been asked and told."""

    def __init__(self, rungs: list[Rung], *, promotes: bool) -> None:
        self._rungs, self.promotes = rungs, promotes
        self._level = self._asked = self.told = 0

    def open(self) -> bool:
        """Whether there is something to ask without waiting."""
        return self._asked < self._rungs[self._level].size or (self._complete() and not self.done())

    def done(self) -> bool:
        """Whether its last rung has been told."""
        return self._complete() and self._level + 1 == len(self._rungs)

    def next(self) -> tuple[Fidelity, Rung]:
        """The rung to ask in, and the fidelity below it; on the lowest rung that is its own."""
        if self._asked == self._rungs[self._level].size:
            self._level, self._asked, self.told = self._level + 1, 0, 0
        self._asked += 1
        return self._rungs[max(self._level - 1, 0)].fidelity, self._rungs[self._level]

    def _complete(self) -> bool:
        return self.told == self._rungs[self._level].size


class _Job(NamedTuple):
    """Who asked, whose place the child may take, and the child."""

    bracket: _Bracket
    place: int
    child: Member


def _loss(member: Member) -> float:
    return member.loss
