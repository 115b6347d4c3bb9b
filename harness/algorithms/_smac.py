"""A search space as a SMAC3 scenario (Lindauer et al., JMLR 2022), asked and told from outside."""

import math
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from harness.algorithms._engines import engine, quiet, seed32
from harness.configspace import to_arch, to_configspace
from harness.core import Arch, SearchSpace

_LEAVES = 1 << 12
"""The most leaves of a tree. SMAC's own limit, 2^20, makes scikit-learn set aside 130 MB a tree, and no tree of fewer
trials than this has more leaves."""


class Settings(NamedTuple):
    """What SMAC calls `n_trials`, `retrain_after`, `challengers` and `local_search_iterations`."""

    trials: int
    retrain: int
    challengers: int
    local_searches: int


class Engine:
    """SMAC's facade for hyperparameter optimization: random forest, log expected improvement, Sobol initial design.

    A failed trial is told as CRASHED and, unlike in SMAC, is left out of the model, which cannot take in an infinite
    cost. The forest is SMAC's, in one thread. A configuration is evaluated once, as it would be at SMAC's limit of
    three: saying so spares it looking for more of the same.
    """

    def __init__(self, space: SearchSpace, seed: int, settings: Settings) -> None:
        need = partial(engine, "smac")
        facade = need("smac").HyperparameterOptimizationFacade
        history = need("smac.runhistory")
        self._value = history.TrialValue
        self._status = history.StatusType
        self._exhausted = (StopIteration, need("smac.main.exceptions").ConfigurationSpaceExhaustedException)
        seed = seed32(seed)
        given = to_configspace(space, seed)
        # SMAC writes down what it begins with, wherever it runs.
        with tempfile.TemporaryDirectory() as folder, quiet("smac"):
            scenario = need("smac").Scenario(
                given, deterministic=True, seed=seed, n_trials=settings.trials, output_directory=Path(folder)
            )
            self._facade: Any = facade(
                scenario,
                model=self._forest(given, seed),
                acquisition_maximizer=reproducible(
                    facade.get_acquisition_maximizer(
                        scenario, challengers=settings.challengers, local_search_iterations=settings.local_searches
                    )
                ),
                intensifier=facade.get_intensifier(scenario, max_config_calls=1),
                config_selector=facade.get_config_selector(scenario, retrain_after=settings.retrain),
                runhistory_encoder=need("smac.runhistory.encoder").RunHistoryLogScaledEncoder(
                    scenario, considered_states=[self._status.SUCCESS]
                ),
                logging_level=False,
                overwrite=True,
            )

    def ask(self) -> tuple[Any, Arch] | None:
        """The next trial and its architecture; None when SMAC finds nothing that it has not asked, and for good."""
        try:
            with quiet("smac"):
                trial = self._facade.ask()
        except self._exhausted:
            return None
        return trial, to_arch(trial.config)

    def end(self, trial: Any, loss: float | None) -> None:
        """The loss of a trial, None when it failed."""
        cost, status = (math.inf, self._status.CRASHED) if loss is None else (loss, self._status.SUCCESS)
        with quiet("smac"):
            self._facade.tell(trial, self._value(cost=cost, status=status), save=False)

    @staticmethod
    def _forest(given: Any, seed: int) -> Any:
        """The forest that the facade makes, but for its number of threads and its most leaves."""
        return engine("smac", "smac.model.random_forest.random_forest").RandomForest(
            given,
            log_y=True,
            n_trees=10,
            bootstrapping=True,
            ratio_features=1.0,
            min_samples_split=2,
            min_samples_leaf=1,
            max_depth=2**20,
            max_leaf_nodes=_LEAVES,
            n_jobs=1,
            seed=seed,
        )


def reproducible(maximizer: Any) -> Any:
    """SMAC's maximizer with the starts of its local searches in a fixed order.

    SMAC takes them from a set of objects that hash by their text, so that the same seed asks other questions in another
    process.
    """
    search = maximizer._local_search
    starts = search._get_init_points_from_previous_configs

    def in_order(*given: Any) -> list[Any]:
        return sorted(starts(*given), key=lambda start: tuple(start.get_array().tolist()))

    search._get_init_points_from_previous_configs = in_order
    return maximizer
