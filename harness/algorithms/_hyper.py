"""Checks of what a user may set: each raises `BadValue` with the value, what is allowed, and what to do."""

import math

from harness.core import Problem
from harness.errors import BadValue


def whole(name: str, value: int, low: int, high: int | None = None) -> int:
    """Return `value` when it is a whole number from `low` to `high`."""
    if isinstance(value, int) and not isinstance(value, bool) and low <= value and (high is None or value <= high):
        return value
    allowed = f"of at least {low}" if high is None else f"from {low} to {high}"
    raise BadValue(f"{name} = {value!r} cannot be used: give a whole number {allowed}")


def number(name: str, value: float, low: float, high: float = math.inf) -> float:
    """Return `value` as a float when it is a finite number from `low` to `high`."""
    if _finite(value) and low <= value <= high:
        return float(value)
    allowed = f"of at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
    raise BadValue(f"{name} = {value!r} cannot be used: give a number {allowed}")


def positive(name: str, value: float, high: float = math.inf) -> float:
    """Return `value` as a float when it is a finite number above 0 and no greater than `high`."""
    if _finite(value) and 0 < value <= high:
        return float(value)
    limit = "" if high == math.inf else f" and at most {high:g}"
    raise BadValue(f"{name} = {value!r} cannot be used: give a number above 0{limit}")


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


def _finite(value: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
