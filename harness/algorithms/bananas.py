"""BANANAS (White et al., AAAI 2021, Algorithm 1): sampling from an ensemble of networks on the path encoding."""

from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import whole
from harness.algorithms._model_based import ModelBased, Recipe
from harness.algorithms._proposals import mutants_of_best
from harness.core import Algorithm, Problem, Query, Trial


class Bananas(Algorithm):
    """The most promising mutants of the best, by independent Thompson sampling from an ensemble's beliefs.

    t_0 = `initial` random architectures at first; then `candidates` c = 100 mutants of the x = `parents` best, of which
    `batch` = 10 are asked before the ensemble of M = 5 networks learns anew. `mlp_ensemble` says how the networks
    differ from the paper's.

    `encoding = "auto"` is `path` where the space's architectures are known as graphs, else `one_hot`. `epochs`,
    `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        predictor: str = "mlp_ensemble",
        acquisition: str = "its",
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
        recipe = Recipe(predictor, acquisition, encoding, "path", propose, initial, candidates, batch)
        fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._search = ModelBased(problem, recipe, fidelity, seed)

    def ask(self) -> Query | None:
        """The next of a batch, or a random architecture; None for good once the space is exhausted."""
        return self._search.ask()

    def tell(self, trial: Trial) -> None:
        """Remember the loss for the next fit."""
        self._search.tell(trial)
