"""REINFORCE (Williams, Machine Learning 1992) with one softmax per decision: the policy gradient of NATS-Bench.

Dong et al., TPAMI 2021, compare it under this name; the settings are those of their published loop.
"""

from bisect import bisect
from itertools import repeat
from math import inf, sqrt

import numpy as np
from numpy import add, multiply, subtract
from numpy.typing import NDArray

from harness.algorithms._baseline import MovingAverage
from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import number, one_objective, positive
from harness.core import Algorithm, Arch, Problem, Query, Trial

Matrix = NDArray[np.float64]
"""A row per decision and a column per option."""

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""Of Adam (Kingma & Ba, ICLR 2015, Algorithm 1)."""


class Reinforce(Algorithm):
    """Independent decisions whose logits follow the gradient of (reward - baseline) * log(probability), by Adam.

    The reward is the loss with its sign turned, percent of accuracy for one; Adam makes its scale immaterial. The
    baseline is a moving average without bias to its beginning, which has the reward in it already, so that the first
    trial changes nothing. The logits begin at 1e-3 times standard normal ones, and no entropy is rewarded.

    The gradient is that of the policy as it is when a trial is told, whichever policy asked. A failed trial changes
    nothing. In a space with constraints, decisions are drawn until they go together. `epochs`, `schedule` and `data`
    name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        learning_rate: float = 0.01,
        momentum: float = 0.9,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        one_objective(problem)
        self._baseline = MovingAverage(number("momentum", momentum, 0, 0.9999))
        self._rate = positive("learning_rate", learning_rate)
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._admits = problem.space.admits
        self._rng = np.random.default_rng(seed)
        self._policy = Policy(problem.space.choices, self._rng)

    def ask(self) -> Query:
        """An architecture drawn from the policy."""
        arch = self._policy.sample(self._rng)
        while not self._admits(arch):
            arch = self._policy.sample(self._rng)
        return Query(arch, self._fidelity)

    def tell(self, trial: Trial) -> None:
        """One step of gradient ascent, unless the trial failed."""
        reward = -trial.losses[0]
        if reward > -inf:
            advantage = reward - self._baseline.update(reward)
            self._policy.ascend(trial.query.arch, advantage, self._rate)


class Policy:
    """A softmax over the options of each decision: a row of logits each, filled up with -inf."""

    def __init__(self, choices: tuple[int, ...], rng: np.random.Generator) -> None:
        most = max(choices)
        there = np.arange(most) < np.array(choices)[:, None]
        self.logits: Matrix = np.where(there, 1e-3 * rng.standard_normal(there.shape), -np.inf)
        self._last = [n - 1 for n in choices]
        self._one_hot = np.eye(most)
        self._mean, self._square, self._work = np.zeros((3, *there.shape))
        self._decay1 = self._decay2 = 1.0
        self._normalize()

    def sample(self, rng: np.random.Generator) -> Arch:
        """Draw an option for each decision."""
        draws = rng.random(len(self._last)).tolist()
        return tuple(map(bisect, self._cumulative, draws, repeat(0), self._last))

    def ascend(self, arch: Arch, advantage: float, rate: float) -> None:
        """One step of Adam along advantage * gradient of log(probability of `arch`).

        Its moments are kept without the factor 1 - beta, which goes into the length of the step and into epsilon.
        """
        gradient, mean, square, work = self._one_hot.take(arch, 0), self._mean, self._square, self._work
        subtract(gradient, self.probabilities, gradient)  # d log p_a / d logit_i = [i = a] - p_i
        multiply(gradient, advantage, gradient)
        multiply(mean, BETA1, mean)
        add(mean, gradient, mean)
        multiply(square, BETA2, square)
        multiply(gradient, gradient, gradient)
        add(square, gradient, square)
        self._decay1 *= BETA1
        self._decay2 *= BETA2
        scale = sqrt((1 - BETA2) / (1 - self._decay2))
        np.sqrt(square, work)
        add(work, EPSILON / scale, work)
        np.divide(mean, work, work)
        multiply(work, rate * (1 - BETA1) / (1 - self._decay1) / scale, work)
        add(self.logits, work, self.logits)
        self._normalize()

    def _normalize(self) -> None:
        """Let the greatest logit of each row be 0, and compute the probabilities."""
        subtract(self.logits, np.maximum.reduce(self.logits, 1, keepdims=True), self.logits)
        weights = np.exp(self.logits)
        below = add.accumulate(weights, 1)
        total = below[:, -1:]
        self.probabilities = weights / total
        self._cumulative = (below / total).tolist()
