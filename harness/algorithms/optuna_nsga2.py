"""Optuna's NSGA-II (Deb, Pratap, Agarwal & Meyarivan, IEEE TEC 2002), for one objective or several."""

from harness.algorithms._engines import engine, seed32
from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import number, whole
from harness.algorithms._optuna import Study
from harness.core import Algorithm, Problem, Query, Trial

NEEDS = ("optuna",)


class OptunaNsga2(Algorithm):
    """`optuna.samplers.NSGAIISampler`, with one categorical parameter per decision.

    Children are made by uniform crossover with probability `crossover`, each decision being the second parent's with
    probability `swapping`; each is then drawn anew with probability `mutation`, one over the number of decisions where
    it is not given. `population` and the others have Optuna's defaults. A generation is full when so many have been
    told: workers never wait.

    Failed evaluations, and options that make no architecture, belong to no generation. An architecture may be asked
    again.
    `epochs`, `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        population: int = 50,
        crossover: float = 0.9,
        swapping: float = 0.5,
        mutation: float | None = None,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        sampler = engine("optuna_nsga2", "optuna.samplers").NSGAIISampler(
            population_size=whole("population", population, 2),
            crossover_prob=number("crossover", crossover, 0, 1),
            swapping_prob=number("swapping", swapping, 0, 1),
            mutation_prob=None if mutation is None else number("mutation", mutation, 0, 1),
            seed=seed32(seed),
        )
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._study = Study("optuna_nsga2", problem, sampler, seed)

    def ask(self) -> Query:
        """The next trial; it never waits."""
        return self._study.ask(self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Tell the study."""
        self._study.tell(trial)
