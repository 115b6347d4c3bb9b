"""The reward of MnasNet (Tan et al., CVPR 2019, equations 2 and 3): accuracy times a power of latency."""

import math

from harness.algorithms._hyper import positive
from harness.core import Algorithm, Metric, Problem, Query, Trial
from harness.errors import BadValue
from harness.wrappers._objectives import Make, finite, others, second_objective, value_of


class MnasnetReward(Algorithm):
    """The algorithm inside maximises ACC (LAT / `target`)^w, where w is `alpha` up to the target and `beta` above it.

    ACC is the first objective, which is maximised; LAT is `metric`, the second one unless it is named, which is
    minimised and above 0; both are in their own units. Equal exponents, -0.07 in the paper, are its soft constraint;
    `alpha = 0, beta = -1` its hard one. The reward takes the place of both objectives, and what other objectives there
    are remain. A failed trial stays one.
    """

    def __init__(
        self,
        make: Make,
        problem: Problem,
        *,
        seed: int,
        target: float,
        metric: str | None = None,
        alpha: float = -0.07,
        beta: float = -0.07,
    ) -> None:
        self._place = second_objective(problem, metric)
        accuracy, latency = problem.objectives[0], problem.objectives[self._place]
        if not accuracy.maximize:
            raise BadValue(f"{accuracy.name} is minimised and a reward multiplies what is maximised: name an accuracy")
        if latency.maximize:
            raise BadValue(f"{latency.name} is maximised and a reward pays for what is minimised: name a latency")
        self._accuracy, self._latency = accuracy, latency
        self._target = positive("target", target)
        self._alpha, self._beta = finite("alpha", alpha), finite("beta", beta)
        reward = Metric("mnasnet_reward", accuracy.unit, True, accuracy.split)
        self._inner = make(problem._replace(objectives=(reward, *others(problem.objectives, self._place))))

    def ask(self) -> Query | None:
        """What the algorithm inside asks."""
        query = self._inner.ask()
        self.spent = self._inner.spent
        return query

    def tell(self, trial: Trial) -> None:
        """Tell the algorithm inside the negative reward."""
        self._inner.tell(trial._replace(losses=self._translated(trial.losses)))

    def merit(self, losses: tuple[float, ...]) -> float:
        """What the algorithm inside makes of the negative reward."""
        return self._inner.merit(self._translated(losses))

    def _translated(self, losses: tuple[float, ...]) -> tuple[float, ...]:
        accuracy, latency = losses[0], losses[self._place]
        failed = math.inf in (accuracy, latency)
        loss = math.inf if failed else -self._reward(value_of(self._accuracy, accuracy), latency)
        return loss, *others(losses, self._place)

    def _reward(self, accuracy: float, latency: float) -> float:
        for metric, value, right in ((self._accuracy, accuracy, accuracy >= 0), (self._latency, latency, latency > 0)):
            if not right:
                raise BadValue(
                    f"{metric.name} = {value} has no MnasNet reward: it takes an accuracy of at least 0 and a latency "
                    "above 0; use the wrapper 'constraint' instead"
                )
        w = self._alpha if latency <= self._target else self._beta  # equation 3
        return accuracy * math.pow(latency / self._target, w)  # equation 2
