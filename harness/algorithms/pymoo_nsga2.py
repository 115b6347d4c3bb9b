"""pymoo's NSGA-II (Deb et al., IEEE TEC 2002; Blank & Deb, IEEE Access 2020), generation by generation."""

from itertools import islice

import numpy as np

from harness.algorithms._deck import Deck
from harness.algorithms._engines import Running, failed
from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import number, whole
from harness.algorithms._pymoo import Engine, Generation
from harness.core import Algorithm, Arch, Problem, Query, Trial

NEEDS = ("pymoo",)


class PymooNsga2(Algorithm):
    """`pymoo.algorithms.moo.nsga2.NSGA2` on integer variables: simulated binary crossover and polynomial mutation.

    A generation is synchronous, as in pymoo: the next is bred when all of one have been told. `crossover_eta` and
    `mutation_eta`, the operators' distribution indices, are those of pymoo's manual for discrete variables, and
    `population` is its NSGA-II's. What failed, and options that make no architecture, violate a constraint and are
    worse than all else; the latter cost no evaluation.

    The first generation is drawn without repetition. pymoo breeds nothing that is among the parents, but may ask for an
    architecture that died out. Where it finds no child, a generation is drawn among what was never asked; nothing is
    left to ask once that is empty. `epochs`, `schedule` and `data` name the fidelity that it asks for; without them it
    is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        population: int = 100,
        crossover_eta: float = 3.0,
        mutation_eta: float = 3.0,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        self._size = whole("population", population, 2)
        etas = number("crossover_eta", crossover_eta, 1), number("mutation_eta", mutation_eta, 1, 100)
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._engine = Engine(problem, seed, population, etas)
        self._space = problem.space
        self._deck = Deck(problem.space, np.random.default_rng(seed))
        self._asked: set[Arch] = set()
        self._generation: Generation = None
        self._losses: list[tuple[float, ...] | None] = []
        self._unasked: list[tuple[int, Arch]] = []
        """Place and architecture of what is still to be asked of this generation, the next one last."""
        self._running = Running()
        self._left = 0
        """How many of this generation have not been told."""
        self._over = False

    def ask(self) -> Query | None:
        """The next of this generation; None while the rest of it is running, and for good once nothing is left."""
        if not self._left and not self._over:
            self._advance()
        if not self._unasked:
            return None
        place, arch = self._unasked.pop()
        query = Query(arch, self._fidelity)
        self._running.add(query, place)
        return query

    def tell(self, trial: Trial) -> None:
        """Take down the losses."""
        self._losses[self._running.pop(trial.query)] = None if failed(trial.losses) else trial.losses
        self._left -= 1

    def _advance(self) -> None:
        """Close this generation and begin the next, if there is one."""
        if self._generation is None:
            generation = self._engine.begin(self._fresh())
        else:
            self._engine.end(self._generation, self._losses)
            generation = self._children()
        if generation is None:
            self._over = True
            return
        archs = self._engine.archs(generation)
        self._asked.update(archs)
        self._generation, self._losses = generation, [None] * len(archs)
        self._unasked = [(place, arch) for place, arch in enumerate(archs) if self._space.admits(arch)][::-1]
        self._left = len(self._unasked)

    def _children(self) -> Generation | None:
        """What pymoo breeds, where that is an architecture; else new ones, or None when there are none."""
        children = self._engine.breed()
        if children is not None and any(map(self._space.admits, self._engine.archs(children))):
            return children
        fresh = self._fresh()
        return self._engine.adopt(fresh) if fresh else None

    def _fresh(self) -> list[Arch]:
        """So many random architectures that were never asked as make a generation, or all that are left."""
        unasked = (arch for arch in iter(self._deck.draw, None) if arch not in self._asked)
        return list(islice(unasked, self._size))
