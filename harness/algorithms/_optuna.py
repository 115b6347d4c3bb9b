"""A search space as an Optuna study (Akiba et al., KDD 2019), asked and told from outside."""

from itertools import count
from typing import Any

import numpy as np

from harness.algorithms._engines import Running, engine, failed, quiet
from harness.core import Arch, Fidelity, Problem, Query, Trial

_ATTEMPTS = 32


class Study:
    """An Optuna study in memory: one categorical parameter per decision, one direction per objective.

    A failed evaluation is told as Optuna's state FAIL, which its samplers leave out of account. Options that make no
    architecture are told at once as PRUNED without a value, which TPE takes for the worst and NSGA-II leaves out; after
    32 of them in a row a random architecture is put in Optuna's queue. Optuna may ask for an architecture again.
    """

    def __init__(self, user: str, problem: Problem, sampler: Any, seed: int, pruner: Any = None) -> None:
        optuna = engine(user, "optuna")
        self._fail = optuna.trial.TrialState.FAIL
        self._pruned = optuna.trial.TrialState.PRUNED
        self._space, self._rng = problem.space, np.random.default_rng(seed)
        self._parameters = {
            f"decision_{i}": optuna.distributions.CategoricalDistribution(tuple(range(n)))
            for i, n in enumerate(problem.space.choices)
        }
        self._running = Running()
        with quiet("optuna"):
            self._study = optuna.create_study(
                sampler=sampler,
                pruner=pruner,
                study_name=f"{user}-{seed}",
                directions=["minimize"] * len(problem.objectives),
            )

    def begin(self) -> tuple[Any, Arch]:
        """A new trial, and the architecture that it is for."""
        for attempt in count(1):
            trial = self._study.ask(self._parameters)
            arch = tuple([trial.params[name] for name in self._parameters])
            if self._space.admits(arch):
                break
            self.prune(trial)
            if attempt >= _ATTEMPTS:
                self._study.enqueue_trial(dict(zip(self._parameters, self._space.sample(self._rng), strict=True)))
        return trial, arch

    def end(self, trial: Any, losses: tuple[float, ...]) -> None:
        """The trial was evaluated in full, or failed."""
        if failed(losses):
            self._study.tell(trial, state=self._fail)
        else:
            self._study.tell(trial, losses)

    def prune(self, trial: Any) -> None:
        """The trial was given up; its value is what was reported last, if anything was."""
        self._study.tell(trial, state=self._pruned)

    def ask(self, fidelity: Fidelity) -> Query:
        """A new trial as a question at the only fidelity there is."""
        trial, arch = self.begin()
        query = Query(arch, fidelity)
        self._running.add(query, trial)
        return query

    def tell(self, trial: Trial) -> None:
        """The answer to a question of `ask`."""
        self.end(self._running.pop(trial.query), trial.losses)
