"""Successive halving (Jamieson & Talwalkar, AISTATS 2016): many trained briefly, the best of them for longer."""

from itertools import repeat

import numpy as np

from harness.algorithms._brackets import Brackets
from harness.algorithms._hyper import one_objective, whole
from harness.algorithms._rungs import Ladder
from harness.core import Algorithm, Problem, Query, Trial


class SuccessiveHalving(Algorithm):
    """The best 1/`eta` of `n` random architectures go on to `eta` times the epochs, until one is trained in full.

    This is the form with a given lowest resource (Li et al., JMLR 2018, section 3.1), `min_epochs` or as many more as
    reach the full epochs in factors of `eta`; 1, 4 and 12 epochs of 12, for example. `n` is the least that leaves one
    architecture for the full training unless it is given. Brackets repeat for as long as it is asked. With `schedule`
    "truncated" the trainings are stops of the full schedule, with "own" each has a schedule of its own length and a
    promotion trains anew; `Ladder` says which one is taken when none is given.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        eta: int = 3,
        n: int | None = None,
        min_epochs: int = 1,
        schedule: str | None = None,
    ) -> None:
        one_objective(problem)
        ladder = Ladder(problem, eta, min_epochs, schedule)
        least = eta**ladder.depth
        rungs = ladder.bracket(ladder.depth, least if n is None else whole("n", n, least))
        self._brackets = Brackets(problem.space, repeat(rungs), np.random.default_rng(seed))

    def ask(self) -> Query | None:
        """The next of this rung; None while the rest of it is running."""
        return self._brackets.ask()

    def tell(self, trial: Trial) -> None:
        """Take down the loss; the rung is promoted when it is complete."""
        self._brackets.tell(trial)
