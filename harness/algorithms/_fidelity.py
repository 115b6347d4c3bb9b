"""Which fidelity an algorithm that knows only one asks for."""

from collections.abc import Iterable

from harness.core import Fidelity, Problem
from harness.errors import BadValue


def pick_fidelity(
    problem: Problem, epochs: int | None = None, schedule: int | None = None, data: float | None = None
) -> Fidelity:
    """Return the only fidelity with the given values, or the full one when none is given.

    `epochs` and `schedule` count epochs, `data` is a fraction. A `BadValue` lists what there is when no fidelity or
    more than one fits.
    """
    wanted = {"epochs": epochs, "schedule": schedule, "data": data}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    if not wanted:
        return problem.fidelities[-1]
    fitting = [f for f in problem.fidelities if all(getattr(f, name) == value for name, value in wanted.items())]
    if len(fitting) == 1:
        return fitting[0]
    given = ", ".join(f"{name} = {value!r}" for name, value in wanted.items())
    if fitting:
        raise BadValue(f"{given} fits {len(fitting)} fidelities: name one of them by all three of {_listed(fitting)}")
    raise BadValue(f"no fidelity has {given}; there are {_listed(problem.fidelities)}")


def _listed(fidelities: Iterable[Fidelity]) -> str:
    return "; ".join(f"epochs = {f.epochs}, schedule = {f.schedule}, data = {f.data}" for f in fidelities)
