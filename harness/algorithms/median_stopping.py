"""Median stopping (Golovin et al., KDD 2017, section 3.2.1): a training that lags behind the median is stopped."""

from bisect import insort
from itertools import accumulate

import numpy as np

from harness.algorithms._hyper import one_objective, whole
from harness.algorithms._stopping import Curve, Trainings, training_steps
from harness.core import Algorithm, Problem, Query, Trial


class MedianStopping(Algorithm):
    """Random search that stops a training whose best loss is worse than the median of the others' running averages.

    After a step it compares the lowest loss of the training so far with the mean loss up to that step of each training
    that has ended and came as far; stopped trainings count among them as complete ones do. The rule is silent before
    `grace` epochs and before `min_trials` have come as far, which the paper leaves open. Architectures are drawn
    without repetition.

    It asks for one training `step` epochs after the other, at the stops of the full schedule; every question is an
    evaluation with a validation of its own, and the training costs new epochs only where the budget's continuation is
    "resume".
    """

    def __init__(self, problem: Problem, *, seed: int, step: int = 1, grace: int = 1, min_trials: int = 3) -> None:
        one_objective(problem)
        steps = training_steps(problem, step)
        whole("grace", grace, 0, steps[-1].epochs)
        self._silent = sum(fidelity.epochs < grace for fidelity in steps)
        self._min_trials = whole("min_trials", min_trials, 1)
        self._averages: list[list[float]] = [[] for _ in steps]
        """For each step the running averages of the trainings that ended, sorted."""
        self._trainings = Trainings(problem.space, steps, self._lags, self._rank, np.random.default_rng(seed))

    def ask(self) -> Query | None:
        """The next step of a training, or the first of another; None while the last of the space are running."""
        return self._trainings.ask()

    def tell(self, trial: Trial) -> None:
        """Let the training go on, or stop it."""
        self._trainings.tell(trial)

    def _lags(self, curve: Curve) -> bool:
        averages = self._averages[len(curve) - 1]
        if len(curve) <= self._silent or len(averages) < self._min_trials:
            return False
        return min(curve) > median(averages)

    def _rank(self, curve: Curve) -> None:
        for i, total in enumerate(accumulate(curve)):
            insort(self._averages[i], total / (i + 1))


def median(ordered: list[float]) -> float:
    """The median of numbers in order, the mean of the middle two when they are even in number."""
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
