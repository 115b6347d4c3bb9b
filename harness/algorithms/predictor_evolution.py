"""Regularized evolution that trains only the child that a predictor likes best (after Sun et al., TEVC 2020)."""

from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import whole
from harness.algorithms._model_based import ModelBased, Recipe
from harness.algorithms._proposals import offspring
from harness.core import Algorithm, Problem, Query, Trial


class PredictorEvolution(Algorithm):
    """Of `children` mutants of tournament winners, the one of the lowest predicted loss is asked.

    Parents are drawn as in regularized evolution (Real et al., AAAI 2019): tournaments of `sample` among the
    `population` told last. The predictor learns anew when `refit` more have been told. The paper's is a random forest,
    `predictor = "random_forest"`; a Gaussian process learns in a fraction of its time.

    `encoding = "auto"` is `wl` where the space's architectures are known as graphs, else `one_hot`. `epochs`,
    `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        predictor: str = "gaussian_process",
        acquisition: str = "greedy",
        encoding: str = "auto",
        population: int = 20,
        sample: int = 5,
        children: int = 20,
        refit: int = 10,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        initial = whole("population", population, 2)
        propose = offspring(population, whole("sample", sample, 1, population))
        recipe = Recipe(predictor, acquisition, encoding, "wl", propose, initial, children, refit=refit)
        fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._search = ModelBased(problem, recipe, fidelity, seed)

    def ask(self) -> Query | None:
        """The next of a batch, or a random architecture; None for good once the space is exhausted."""
        return self._search.ask()

    def tell(self, trial: Trial) -> None:
        """Remember the loss for the next fit."""
        self._search.tell(trial)
