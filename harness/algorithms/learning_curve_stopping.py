"""Predictive termination (Domhan et al., IJCAI 2015, section 3.3): stop what will hardly beat the best."""

import numpy as np

from harness.algorithms._curves import chance_below
from harness.algorithms._hyper import number, one_objective, whole
from harness.algorithms._stopping import Curve, Trainings, training_steps
from harness.core import Algorithm, Problem, Query, Trial
from harness.errors import BadValue


class LearningCurveStopping(Algorithm):
    """Random search that stops a training when its curve says that it will hardly end better than the best so far.

    Every `interval` steps, from `min_points` losses on, the curve is extrapolated; a probability below `threshold`
    (the paper's delta) of beating the lowest final loss stops the training. Nothing is stopped before a first training
    is complete. The paper checks every 30 epochs of several hundred, and samples eleven families of curves by MCMC
    where `chance_below` mixes three by least squares: simpler, and rougher where few losses are known.

    It asks for one training `step` epochs after the other, at the stops of the full schedule; every question is an
    evaluation with a validation of its own, and the training costs new epochs only where the budget's continuation is
    "resume". Architectures are drawn without repetition.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        step: int = 1,
        min_points: int = 4,
        interval: int = 1,
        threshold: float = 0.05,
    ) -> None:
        one_objective(problem)
        steps = training_steps(problem, step)
        self._epochs = tuple(fidelity.epochs for fidelity in steps)
        self._min_points = whole("min_points", min_points, 3)
        if min_points >= len(steps):
            raise BadValue(
                f"min_points = {min_points} cannot be used: a training has {len(steps)} steps, and is to be stopped "
                "before the last; give less, or use median_stopping"
            )
        self._interval = whole("interval", interval, 1)
        self._threshold = number("threshold", threshold, 0, 1)
        self._best = float("inf")
        self._trainings = Trainings(problem.space, steps, self._hopeless, self._complete, np.random.default_rng(seed))

    def ask(self) -> Query | None:
        """The next step of a training, or the first of another; None while the last of the space are running."""
        return self._trainings.ask()

    def tell(self, trial: Trial) -> None:
        """Let the training go on, or stop it."""
        self._trainings.tell(trial)

    def _hopeless(self, curve: Curve) -> bool:
        late = len(curve) - self._min_points
        if late < 0 or late % self._interval or self._best == float("inf"):
            return False
        return chance_below(curve, self._epochs, self._best) < self._threshold

    def _complete(self, curve: Curve) -> None:
        if len(curve) == len(self._epochs):
            self._best = min(self._best, curve[-1])
