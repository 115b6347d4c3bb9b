"""Ladders of fidelities, and the rungs of a bracket on them (Li et al., JMLR 2018, Algorithm 1)."""

from typing import NamedTuple

from harness.algorithms._hyper import whole
from harness.core import Fidelity, Problem
from harness.errors import BadValue

SCHEDULES = ("truncated", "own")


class Rung(NamedTuple):
    """How many architectures are trained how thoroughly before the best of them are promoted."""

    size: int
    fidelity: Fidelity


class Ladder:
    """The epochs that a training can stop at on its way to the full fidelity, from which it differs in nothing else.

    With `schedule` "truncated" they are stops of the full schedule, so that a promoted network can be trained on; with
    "own" they are schedules of their own, each run to its end, and a promoted network is trained anew. Without it they
    are "own" where that makes at least three rungs and more than "truncated" does at this `eta`, and else "truncated".

    `eta` is the factor between the epochs of two rungs, and `depth` is s_max, the most promotions that fit between the
    fewest epochs and the full number: `min_epochs`, but for "own" not fewer than the shortest schedule. `rungs` are the
    fidelities of the deepest bracket.
    """

    def __init__(self, problem: Problem, eta: int, min_epochs: int, schedule: str | None = None) -> None:
        truncated, own = truncated_steps(problem), _own_steps(problem)
        if schedule not in (None, *SCHEDULES):
            raise BadValue(f"schedule = {schedule!r} cannot be used: give one of {', '.join(map(repr, SCHEDULES))}")
        if len(truncated) < 2 and len(own) < 2:
            raise _no_steps(problem.fidelities[-1], own)
        self.full = problem.fidelities[-1].epochs
        least = whole("min_epochs", min_epochs, 1, self.full // 2)
        self.eta = whole("eta", eta, 2, self.full // least)
        schedule = schedule or _tallest(truncated, own, self.eta, least)
        self.steps = [step for step in (own if schedule == "own" else truncated) if step.epochs >= least]
        if schedule == "own":
            least = self._shortest(own, least)
        elif len(truncated) < 2:
            raise _no_steps(problem.fidelities[-1], own)
        self.depth = _depth(self.full, self.eta, least)
        self.rungs = _climb(self.steps, self.eta, least)

    def bracket(self, s: int, n: int) -> list[Rung]:
        """The rungs of a bracket of `s` promotions that begins with `n` architectures.

        Rung i has n_i = floor(n eta^-i) architectures and R eta^(i - s) epochs, rounded to the nearest on the ladder,
        the fewer when two are equally near. When rungs round to the same epochs only the lowest is asked: the survivors
        would be asked the same again.
        """
        rungs: list[Rung] = []
        for i in range(s + 1):
            rung = Rung(n // self.eta**i, _nearest(self.steps, self.full / self.eta ** (s - i)))
            if not rungs or rungs[-1].fidelity != rung.fidelity:
                rungs.append(rung)
        return rungs

    def _shortest(self, own: list[Fidelity], least: int) -> int:
        """The fewest epochs of a schedule of its own, `eta` times which must not be more than the full ones."""
        if len(self.steps) < 2:
            lengths = ", ".join(str(step.epochs) for step in own) or "none"
            raise BadValue(
                f'schedule = "own" with min_epochs = {least} leaves no shorter schedule below {self.full} epochs; the '
                f"benchmark has schedules of their own of these epochs: {lengths}"
            )
        shortest = self.steps[0].epochs
        whole("eta", self.eta, 2, self.full // shortest)
        return shortest


def truncated_steps(problem: Problem) -> list[Fidelity]:
    """The stops of the full schedule, the full fidelity last: they differ from it in their epochs only."""
    full = problem.fidelities[-1]
    return sorted(f for f in problem.fidelities if f._replace(epochs=full.epochs) == full)


def _own_steps(problem: Problem) -> list[Fidelity]:
    """The schedules run to their end that else equal the full fidelity; none if that one is stopped early."""
    full = problem.fidelities[-1]
    if full.epochs != full.schedule:
        return []
    return sorted(
        f
        for f in problem.fidelities
        if f.epochs == f.schedule and f._replace(epochs=full.epochs, schedule=full.schedule) == full
    )


def _tallest(truncated: list[Fidelity], own: list[Fidelity], eta: int, least: int) -> str:
    """Which schedule makes more rungs; "truncated" where "own" makes fewer than three."""
    own = [step for step in own if step.epochs >= least]
    if len(own) < 3:
        return "truncated"
    stops = [step for step in truncated if step.epochs >= least]
    least_rungs = max(2, len(_climb(stops, eta, least)))
    return "own" if len(_climb(own, eta, own[0].epochs)) > least_rungs else "truncated"


def _climb(steps: list[Fidelity], eta: int, least: int) -> list[Fidelity]:
    """The different rungs of the deepest bracket, the lowest first."""
    full = steps[-1].epochs
    return sorted({_nearest(steps, full / eta**i) for i in range(_depth(full, eta, least) + 1)})


def _depth(full: int, eta: int, least: int) -> int:
    return max(s for s in range(full) if least * eta**s <= full)


def _nearest(steps: list[Fidelity], epochs: float) -> Fidelity:
    return min(steps, key=lambda step: abs(step.epochs - epochs))


def _no_steps(full: Fidelity, own: list[Fidelity]) -> BadValue:
    advice = "use an algorithm that asks for one fidelity"
    if len(own) > 1:
        lengths = ", ".join(str(step.epochs) for step in own)
        advice = f'give schedule = "own" to climb its schedules of {lengths} epochs, or {advice}'
    return BadValue(
        f"this algorithm needs trainings that stop before epoch {full.epochs} of the {full.schedule}-epoch schedule, "
        f"and the benchmark has none: {advice}"
    )
