"""Optuna's tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011; Watanabe, arXiv 2304.11127)."""

from harness.algorithms._engines import engine, seed32
from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import flag, whole
from harness.algorithms._optuna import Study
from harness.core import Algorithm, Problem, Query, Trial

NEEDS = ("optuna",)


class OptunaTpe(Algorithm):
    """`optuna.samplers.TPESampler`, with one categorical parameter per decision.

    `startup` random trials come first, and each later one is the best of `candidates`; both are Optuna's defaults.
    With `multivariate`, its default for one objective, the decisions are modelled together. Several objectives are
    searched as Optuna does. Trials still running count as bad ones (constant liar), Optuna's default too.

    Failed evaluations are told as such and are left out of the model; options that make no architecture are told as
    pruned and count as bad ones. An architecture may be asked again.
    `epochs`, `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        multivariate: bool | None = None,
        startup: int = 10,
        candidates: int = 24,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        sampler = engine("optuna_tpe", "optuna.samplers").TPESampler(
            n_startup_trials=whole("startup", startup, 1),
            n_ei_candidates=whole("candidates", candidates, 1),
            multivariate=len(problem.objectives) == 1 if multivariate is None else flag("multivariate", multivariate),
            constant_liar=True,
            seed=seed32(seed),
        )
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._study = Study("optuna_tpe", problem, sampler, seed)

    def ask(self) -> Query:
        """The next trial; it never waits."""
        return self._study.ask(self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Tell the study."""
        self._study.tell(trial)
