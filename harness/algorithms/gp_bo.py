"""Bayesian optimisation with a Gaussian process (Jones et al., JGO 1998; for cells: Ru et al., ICLR 2021)."""

from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import whole
from harness.algorithms._model_based import ModelBased, Recipe
from harness.algorithms._proposals import random_and_mutants
from harness.core import Algorithm, Problem, Query, Trial


class GpBo(Algorithm):
    """The architecture of the greatest expected improvement among random ones and mutants of the best.

    After `initial` random architectures, `candidates` are proposed for each batch, every other one a mutant of one of
    the `parents` best; the `batch` most promising are asked. The process learns after each telling.

    `encoding = "auto"` is `wl` where the space's architectures are known as graphs, else `one_hot`. `epochs`,
    `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        predictor: str = "gaussian_process",
        acquisition: str = "ei",
        encoding: str = "auto",
        initial: int = 10,
        candidates: int = 100,
        parents: int = 10,
        batch: int = 1,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        propose = random_and_mutants(whole("parents", parents, 1))
        recipe = Recipe(predictor, acquisition, encoding, "wl", propose, initial, candidates, batch)
        fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._search = ModelBased(problem, recipe, fidelity, seed)

    def ask(self) -> Query | None:
        """The next of a batch, or a random architecture; None for good once the space is exhausted."""
        return self._search.ask()

    def tell(self, trial: Trial) -> None:
        """Remember the loss for the next fit."""
        self._search.tell(trial)
