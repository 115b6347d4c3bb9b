"""The epsilon-constraint method (Haimes, Lasdon & Wismer, IEEE TSMC 1971): optimise one objective, bound another."""

import math
from typing import Literal

from harness.core import Algorithm, Metric, Problem, Query, Trial
from harness.errors import BadValue
from harness.wrappers._objectives import Make, finite, others, second_objective, value_of

Mode = Literal["penalise", "reject"]
MODES = ("penalise", "reject")


class Constraint(Algorithm):
    """The algorithm inside optimises the first objective where `metric` is `at_most` or `at_least` a value.

    `metric` is the second objective unless it is named. What meets the constraint keeps its losses. With
    `mode = "penalise"` what violates it ranks behind all that meets it, by its violation (the feasibility rule of Deb,
    CMAME 2000, as a loss), so that the search can climb to where the constraint is met: its loss is that of `worst`,
    plus the violation in percent of the limit, and depends on nothing that was told before. With `mode = "reject"` it
    is told as failed; then a problem of more than two objectives keeps the others.

    `worst` is a value of the first objective that nothing which meets the constraint is worse than; for percentages it
    is 0 (maximised) or 100 (minimised) unless it is given. A `BadValue` when a trial shows that it was wrong.
    """

    def __init__(
        self,
        make: Make,
        problem: Problem,
        *,
        seed: int,
        metric: str | None = None,
        at_most: float | None = None,
        at_least: float | None = None,
        mode: Mode = "penalise",
        worst: float | None = None,
    ) -> None:
        self._place = second_objective(problem, metric)
        self._first, self._bounded = problem.objectives[0], problem.objectives[self._place]
        self._limit, self._sign = _limit(at_most, at_least)
        if mode not in MODES:
            raise BadValue(f"mode = {mode!r} cannot be used: give one of {', '.join(MODES)}")
        left = (self._first, *others(problem.objectives, self._place))
        if mode == "penalise" and len(left) > 1:
            names = ", ".join(metric.name for metric in left)
            raise BadValue(f"mode = 'penalise' leaves one objective and here are {names}: give mode = 'reject'")
        self._worst = _worst_loss(self._first, worst) if mode == "penalise" else math.inf
        self._inner = make(problem._replace(objectives=left))

    def ask(self) -> Query | None:
        """What the algorithm inside asks."""
        query = self._inner.ask()
        self.spent = self._inner.spent
        return query

    def tell(self, trial: Trial) -> None:
        """Tell the algorithm inside the losses of what meets the constraint, and penalties of what does not."""
        self._inner.tell(trial._replace(losses=self._translated(trial.losses)))

    def merit(self, losses: tuple[float, ...]) -> float:
        """What the algorithm inside makes of the losses, or of the penalties."""
        return self._inner.merit(self._translated(losses))

    def _translated(self, given: tuple[float, ...]) -> tuple[float, ...]:
        losses = (given[0], *others(given, self._place))
        excess = self._sign * (value_of(self._bounded, given[self._place]) - self._limit)
        if math.inf in given:
            return (math.inf,) * len(losses)
        if excess > 0:
            return (self._worst + 100 * excess / (abs(self._limit) or 1),) * len(losses)
        if losses[0] > self._worst:
            raise BadValue(
                f"{self._first.name} = {value_of(self._first, losses[0])} is worse than worst = "
                f"{value_of(self._first, self._worst)}: give a 'worst' that nothing is worse than, or mode = 'reject'"
            )
        return losses


def _limit(at_most: float | None, at_least: float | None) -> tuple[float, int]:
    """The limit, and 1 when values above it violate the constraint, -1 when those below do."""
    if at_most is not None and at_least is None:
        return finite("at_most", at_most), 1
    if at_least is not None and at_most is None:
        return finite("at_least", at_least), -1
    given = "neither" if at_most is None else "both"
    raise BadValue(f"a constraint has one limit, at_most or at_least, and {given} was given")


def _worst_loss(metric: Metric, worst: float | None) -> float:
    if worst is None:
        if metric.unit != "%":
            raise BadValue(
                f"nobody knows how bad {metric.name} can get: give worst = a value that nothing is worse than, "
                "or mode = 'reject'"
            )
        worst = 0.0 if metric.maximize else 100.0
    worst = finite("worst", worst)
    return -worst if metric.maximize else worst
