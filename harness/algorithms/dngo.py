"""DNGO (Snoek et al., ICML 2015): Bayesian optimisation by linear regression on a basis that a network learns."""

from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import whole
from harness.algorithms._model_based import ModelBased, Recipe
from harness.algorithms._proposals import random_and_mutants
from harness.core import Algorithm, Problem, Query, Trial


class Dngo(Algorithm):
    """The architectures of the greatest expected improvement among random ones and mutants of the best.

    Each `batch` is asked before the network learns anew, which takes longer than the regression; every other one of the
    `candidates` is a mutant of one of the `parents` best. `bayesian_linear` says how it differs from the paper.

    `encoding = "auto"` is `adjacency` where the space's architectures are known as graphs, else `one_hot`. `epochs`,
    `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        predictor: str = "bayesian_linear",
        acquisition: str = "ei",
        encoding: str = "auto",
        initial: int = 10,
        candidates: int = 100,
        parents: int = 10,
        batch: int = 10,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        propose = random_and_mutants(whole("parents", parents, 1))
        recipe = Recipe(predictor, acquisition, encoding, "adjacency", propose, initial, candidates, batch)
        fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._search = ModelBased(problem, recipe, fidelity, seed)

    def ask(self) -> Query | None:
        """The next of a batch, or a random architecture; None for good once the space is exhausted."""
        return self._search.ask()

    def tell(self, trial: Trial) -> None:
        """Remember the loss for the next fit."""
        self._search.tell(trial)
