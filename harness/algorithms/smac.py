"""SMAC3 (Lindauer et al., JMLR 2022; Hutter et al., LION 2011): random forests and expected improvement."""

from math import prod

import numpy as np

from harness.algorithms._deck import Deck
from harness.algorithms._engines import Running, failed
from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import one_objective, whole
from harness.algorithms._smac import Engine, Settings
from harness.core import Algorithm, Arch, Problem, Query, Trial

NEEDS = ("smac", "ConfigSpace")


class Smac(Algorithm):
    """`smac.HyperparameterOptimizationFacade`, deterministic, with one categorical hyperparameter per decision.

    `trials` is how many evaluations SMAC is to expect: its initial design is ten per decision and at most a quarter of
    them. The forest is trained anew every `retrain` questions; expected improvement is sought among `challengers`
    random configurations and by `local_searches` from the best of them. All have SMAC's defaults.

    Options that make no architecture are told as crashed, at once, like evaluations that failed: they are left out of
    the model. SMAC asks nothing twice. When it finds nothing new, what is left is drawn at random; nothing is left to
    ask once the whole space has been asked. `epochs`, `schedule` and `data` name the fidelity that it asks for; without
    them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        trials: int = 100,
        retrain: int = 8,
        challengers: int = 10_000,
        local_searches: int = 10,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        one_objective(problem)
        settings = Settings(
            whole("trials", trials, 1),
            whole("retrain", retrain, 1),
            whole("challengers", challengers, 1),
            whole("local_searches", local_searches, 1),
        )
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._engine = Engine(problem.space, seed, settings)
        self._space = problem.space
        self._proposals = prod(problem.space.choices)
        self._proposed: set[Arch] = set()
        self._dry = False
        self._rest = Deck(problem.space, np.random.default_rng(seed))
        self._running = Running()

    def ask(self) -> Query | None:
        """SMAC's next question, or one of those that it left; None for good once the space is exhausted."""
        while not self._dry and len(self._proposed) < self._proposals:
            proposal = self._engine.ask()
            if proposal is None:
                self._dry = True
                break
            trial, arch = proposal
            self._proposed.add(arch)
            if self._space.admits(arch):
                return self._question(arch, trial)
            self._engine.end(trial, None)
        return self._left()

    def tell(self, trial: Trial) -> None:
        """Tell SMAC of what it asked."""
        own = self._running.pop(trial.query)
        if own is not None:
            self._engine.end(own, None if failed(trial.losses) else trial.losses[0])

    def _left(self) -> Query | None:
        while (arch := self._rest.draw()) in self._proposed:
            pass
        return None if arch is None else self._question(arch, None)

    def _question(self, arch: Arch, trial: object) -> Query:
        query = Query(arch, self._fidelity)
        self._running.add(query, trial)
        return query
