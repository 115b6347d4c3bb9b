"""NPENAS (Wei et al., TNNLS 2022): evolution whose offspring a predictor ranks before they are trained."""

from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import whole
from harness.algorithms._model_based import ModelBased, Recipe
from harness.algorithms._proposals import mutants_of_best
from harness.core import Algorithm, Problem, Query, Trial


class Npenas(Algorithm):
    """The `batch` best by prediction of `candidates` offspring, in each generation.

    The parents are the `parents` best so far, and each has several children that differ from it in one decision. The
    predictor is simpler than the paper's graph isomorphism network: a Gaussian process on counts of Weisfeiler-Lehman
    labels, which are all that such a network can tell apart (Xu et al., ICLR 2019). With `acquisition = "its"` it is
    near its variant with sampling, NPENAS-BO.

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
        initial: int = 10,
        candidates: int = 100,
        parents: int = 10,
        batch: int = 10,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        propose = mutants_of_best(whole("parents", parents, 1))
        recipe = Recipe(predictor, acquisition, encoding, "wl", propose, initial, candidates, batch)
        fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._search = ModelBased(problem, recipe, fidelity, seed)

    def ask(self) -> Query | None:
        """The next of a batch, or a random architecture; None for good once the space is exhausted."""
        return self._search.ask()

    def tell(self, trial: Trial) -> None:
        """Remember the loss for the next fit."""
        self._search.tell(trial)
