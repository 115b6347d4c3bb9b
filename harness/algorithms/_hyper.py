"""Checks of what a user may set: each raises `BadValue` with the value, what is allowed, and what to do."""

from harness.core import Problem
from harness.errors import BadValue


def whole(name: str, value: int, low: int, high: int | None = None) -> int:
    """Return `value` when it is a whole number from `low` to `high`."""
    if isinstance(value, int) and not isinstance(value, bool) and low <= value and (high is None or value <= high):
        return value
    allowed = f"of at least {low}" if high is None else f"from {low} to {high}"
    raise BadValue(f"{name} = {value!r} cannot be used: give a whole number {allowed}")


def flag(name: str, value: bool) -> bool:
    """Return `value` when it is true or false and nothing that merely looks like it."""
    if isinstance(value, bool):
        return value
    raise BadValue(f"{name} = {value!r} cannot be used: give true or false")


def one_objective(problem: Problem) -> None:
    """Refuse a problem of several objectives, of which all but the first would be ignored."""
    if len(problem.objectives) != 1:
        names = ", ".join(metric.name for metric in problem.objectives) or "none"
        raise BadValue(f"this algorithm minimises one objective and the problem has {names}: leave one of them")
