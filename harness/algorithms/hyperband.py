"""Hyperband (Li et al., JMLR 2018, Algorithm 1): successive halving at every trade-off of many against thorough."""

from itertools import cycle

import numpy as np

from harness.algorithms._brackets import Brackets
from harness.algorithms._hyper import one_objective
from harness.algorithms._rungs import Ladder, Rung
from harness.core import Algorithm, Problem, Query, Trial


class Hyperband(Algorithm):
    """Brackets s = s_max, ..., 0, over and over; each begins with ceil((s_max + 1) / (s + 1) * eta^s) architectures.

    The resource is epochs, from `min_epochs` to the full number R. The paper's Table 1 (R = 81, eta = 3) prints 81, 27,
    9, 6 and 5 architectures for s = 4, ..., 0, which is floor((s_max + 1) / (s + 1)) * eta^s; the formula of its
    Algorithm 1, used here, gives 81, 34, 15, 8 and 5. With `schedule` "truncated" the trainings are stops of the full
    schedule, with "own" each has a schedule of its own length and a promotion trains anew; `Ladder` says which one is
    taken when none is given.
    """

    def __init__(
        self, problem: Problem, *, seed: int, eta: int = 3, min_epochs: int = 1, schedule: str | None = None
    ) -> None:
        one_objective(problem)
        brackets = hyperband_brackets(Ladder(problem, eta, min_epochs, schedule))
        self._brackets = Brackets(problem.space, cycle(brackets), np.random.default_rng(seed))

    def ask(self) -> Query | None:
        """The next of this rung; None while the rest of it is running."""
        return self._brackets.ask()

    def tell(self, trial: Trial) -> None:
        """Take down the loss; the rung is promoted when it is complete."""
        self._brackets.tell(trial)


def hyperband_brackets(ladder: Ladder) -> list[list[Rung]]:
    """One round of brackets, the one of the most and briefest trainings first (Algorithm 1, lines 1 to 5)."""
    s_max = ladder.depth
    return [ladder.bracket(s, -(-(s_max + 1) * ladder.eta**s // (s + 1))) for s in range(s_max, -1, -1)]
