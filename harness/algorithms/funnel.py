"""The funnel: many trained briefly, the best few to the end; successive halving with stages set by hand."""

from collections.abc import Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np

from harness.algorithms._brackets import Brackets
from harness.algorithms._hyper import one_objective
from harness.algorithms._rungs import Ladder, Rung
from harness.budget import Continuation
from harness.core import Algorithm, Fidelity, Problem, Query, Trial
from harness.errors import BadValue

Stages = Sequence[tuple[int, int]]
"""How many architectures are trained to how many epochs, the first stage first."""


class Funnel(Algorithm):
    """Random architectures through stages of ever fewer and longer trainings; then again with others.

    `stages` is written "1000@5,10@100": 1,000 are trained for 5 epochs, the best 10 of them for 100. Without it, that
    one is scaled to the full schedule: 1,000 for a twentieth of it, or the nearest number of epochs there is, and 10 in
    full. A stage is begun once the one before has been told; of equal losses those asked first go on, and failed ones
    only when nothing else is left. With `schedule` "truncated" the stages are stops of the full schedule, with "own"
    each has a schedule of its own length; `Ladder` says which one is taken when none is given (at eta = 2). In a space
    smaller than the first stage that stage is the whole space. `arithmetic` says what a funnel costs and saves.
    """

    def __init__(self, problem: Problem, *, seed: int, stages: str | None = None, schedule: str | None = None) -> None:
        one_objective(problem)
        steps = Ladder(problem, 2, 1, schedule).steps
        rungs = _default(steps) if stages is None else _on_ladder(parse(stages), steps)
        self._brackets = Brackets(problem.space, repeat(rungs), np.random.default_rng(seed))

    def ask(self) -> Query | None:
        """The next of this stage; None while the rest of it is running."""
        return self._brackets.ask()

    def tell(self, trial: Trial) -> None:
        """Take down the loss; the best go on when the stage is complete."""
        self._brackets.tell(trial)


class Arithmetic(NamedTuple):
    """The epochs that a funnel spends, and those that training all of its architectures to the end would."""

    spent: int
    full: int

    @property
    def saved(self) -> int:
        """The epochs saved."""
        return self.full - self.spent


def arithmetic(stages: Stages, continuation: Continuation = "resume") -> Arithmetic:
    """What the stages cost when trainings go on where they stopped (`resume`), or begin anew (`restart`).

    Schedules of their own always begin anew.
    """
    _check(stages)
    before = [0, *(epochs for _, epochs in stages[:-1])] if continuation == "resume" else [0] * len(stages)
    spent = sum(n * (epochs - done) for (n, epochs), done in zip(stages, before, strict=True))
    return Arithmetic(spent, stages[0][0] * stages[-1][1])


def parse(text: str) -> list[tuple[int, int]]:
    """Read stages written "1000@5,10@100"."""
    try:
        stages = [(int(n), int(epochs)) for n, epochs in (part.split("@") for part in text.split(","))]
    except (AttributeError, ValueError):
        raise BadValue(
            f'stages = {text!r} cannot be used: write architectures@epochs for each stage, as in "1000@5,10@100"'
        ) from None
    _check(stages)
    return stages


def _check(stages: Stages) -> None:
    """Refuse stages that are not ever fewer architectures and ever more epochs."""
    numbers, epochs = [n for n, _ in stages], [e for _, e in stages]
    narrowing = all(n >= after >= 1 for n, after in zip(numbers, numbers[1:] + numbers[-1:], strict=True))
    rising = all(e < after for e, after in zip([0, *epochs], epochs, strict=False))
    if not stages or not narrowing or not rising:
        written = ",".join(f"{n}@{e}" for n, e in stages)
        raise BadValue(
            f"stages = {written!r} cannot be used: each stage has at least one architecture, no more of them than the "
            "one before, and more epochs"
        )


def _default(steps: list[Fidelity]) -> list[Rung]:
    full = steps[-1]
    brief = min(steps[:-1], key=lambda step: abs(step.epochs - full.epochs / 20))
    return [Rung(1000, brief), Rung(10, full)]


def _on_ladder(stages: Stages, steps: list[Fidelity]) -> list[Rung]:
    fidelity = {step.epochs: step for step in steps}
    for n, epochs in stages:
        if epochs not in fidelity:
            offered = ", ".join(map(str, fidelity))
            raise BadValue(f"stage {n}@{epochs} cannot be trained: the {steps[-1].schedule}-epoch ladder has {offered}")
    return [Rung(n, fidelity[epochs]) for n, epochs in stages]
