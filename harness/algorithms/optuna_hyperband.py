"""Optuna's Hyperband pruner (Li et al., JMLR 2018; Li et al., MLSys 2020) on architectures proposed by its TPE."""

from collections import deque
from typing import Any

from harness.algorithms._engines import Running, engine, failed, seed32
from harness.algorithms._hyper import one_objective, whole
from harness.algorithms._optuna import Study
from harness.algorithms._rungs import Ladder
from harness.core import Algorithm, Arch, Problem, Query, Trial

NEEDS = ("optuna",)


class OptunaHyperband(Algorithm):
    """`optuna.pruners.HyperbandPruner` with `optuna.samplers.TPESampler`, Optuna's default sampler.

    An architecture is asked at the rungs of the ladder, one after the other; each loss is reported with its epochs as
    the step, and the pruner decides whether it goes on. It is asynchronous: a trial is pruned unless it is among the
    best 1/`eta` of those told so far at that rung of its bracket, so that workers never wait. Optuna draws a trial's
    bracket from a hash of its number and of the study's name, which has the seed in it. In later brackets the lower
    rungs prune nothing, but are asked like the others, as in Optuna's own loop, which reports every epoch.

    `eta` and `min_epochs` have the pruner's defaults and make the ladder, as does `schedule`, see `Ladder`; the sampler
    begins with `startup` random trials in each bracket. A failed evaluation ends its trial and is left out of the
    model. An architecture may be asked again, from the bottom.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        eta: int = 3,
        min_epochs: int = 1,
        schedule: str | None = None,
        startup: int = 10,
    ) -> None:
        one_objective(problem)
        ladder = Ladder(problem, eta, min_epochs, schedule)
        self._rungs = ladder.rungs
        sampler = engine("optuna_hyperband", "optuna.samplers").TPESampler(
            n_startup_trials=whole("startup", startup, 1), multivariate=True, constant_liar=True, seed=seed32(seed)
        )
        pruner = engine("optuna_hyperband", "optuna.pruners").HyperbandPruner(
            min_resource=self._rungs[0].epochs, max_resource=ladder.full, reduction_factor=ladder.eta
        )
        self._study = Study("optuna_hyperband", problem, sampler, seed, pruner)
        self._climbing: deque[tuple[Any, Arch, int]] = deque()
        """Trials that go on, and the rung to be asked next."""
        self._running = Running()

    def ask(self) -> Query:
        """The next rung of a trial that goes on, of several the first told; else a new trial at the lowest rung."""
        trial, arch, rung = self._climbing.popleft() if self._climbing else (*self._study.begin(), 0)
        query = Query(arch, self._rungs[rung])
        self._running.add(query, (trial, rung))
        return query

    def tell(self, told: Trial) -> None:
        """Report the loss; the trial ends, is pruned, or goes on."""
        trial, rung = self._running.pop(told.query)
        if failed(told.losses) or rung == len(self._rungs) - 1:
            self._study.end(trial, told.losses)
            return
        trial.report(told.losses[0], step=told.query.fidelity.epochs)
        if trial.should_prune():
            self._study.prune(trial)
        else:
            self._climbing.append((trial, told.query.arch, rung + 1))
