"""What wrappers do with a second objective of a problem."""

import math
from collections.abc import Callable
from typing import TypeVar

from harness.core import Algorithm, Metric, Problem
from harness.errors import BadValue, unknown

Make = Callable[[Problem], Algorithm]
T = TypeVar("T")


def second_objective(problem: Problem, name: str | None) -> int:
    """The place of the objective of this name, or of the second one; it cannot be the first."""
    names = [metric.name for metric in problem.objectives]
    if len(names) < 2:
        raise BadValue(
            f"this wrapper needs a second objective and the problem has {', '.join(names) or 'none'}: name both, "
            'such as objective = ["valid_accuracy", "latency"]'
        )
    if name is None:
        return 1
    if name not in names:
        raise unknown("objective of the problem", name, names[1:])
    if name == names[0]:
        raise BadValue(f"metric = {name!r} is the objective to be optimised: give one of {', '.join(names[1:])}")
    return names.index(name)


def others(values: tuple[T, ...], place: int) -> tuple[T, ...]:
    """All but the first and the one at `place`."""
    return values[1:place] + values[place + 1 :]


def value_of(metric: Metric, loss: float) -> float:
    """The metric's own value, of which the loss is the negative when it is maximised."""
    return -loss if metric.maximize else loss


def finite(name: str, value: float) -> float:
    """Return `value` as a float when it is a finite number."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise BadValue(f"{name} = {value!r} cannot be used: give a finite number")
