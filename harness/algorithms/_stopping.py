"""Trainings that go on step by step until they end or a rule stops them."""

from collections import deque
from collections.abc import Callable

import numpy as np

from harness.algorithms._deck import Deck
from harness.algorithms._hyper import whole
from harness.algorithms._rungs import truncated_steps
from harness.core import Arch, Fidelity, Problem, Query, SearchSpace, Trial
from harness.errors import BadValue

Curve = list[float]
"""The losses of a training so far, one per step."""


def training_steps(problem: Problem, step: int) -> tuple[Fidelity, ...]:
    """The epochs of the full schedule that are multiples of `step`, and its last: what a training is asked for."""
    full = problem.fidelities[-1]
    stops = truncated_steps(problem)
    if len(stops) < 2:
        raise BadValue(
            f"this algorithm needs trainings that stop before epoch {full.epochs} of the {full.schedule}-epoch "
            "schedule, and the benchmark has none: use an algorithm that asks for one fidelity"
        )
    whole("step", step, 1, full.epochs - 1)
    taken = [stop for stop in stops[:-1] if stop.epochs % step == 0]
    if not taken:
        raise BadValue(
            f"step = {step} hits none of the epochs that the benchmark has measured: give a divisor of one of "
            + ", ".join(str(stop.epochs) for stop in stops[:-1])
        )
    return (*taken, stops[-1])


class Trainings:
    """Random architectures, each trained on by one step after the other.

    `stops` is asked after every step but the last whether to stop a training; `ended` is told every curve that was
    stopped or is complete. A training that failed (+inf) stops and is no curve. Whoever can go on goes on before
    another begins, in the order of telling. Architectures are drawn without repetition; once all of the space have been
    drawn and none is running, they are drawn again.
    """

    def __init__(
        self,
        space: SearchSpace,
        steps: tuple[Fidelity, ...],
        stops: Callable[[Curve], bool],
        ended: Callable[[Curve], None],
        rng: np.random.Generator,
    ) -> None:
        self._space, self._steps, self._rng = space, steps, rng
        self._stops, self._ended = stops, ended
        self._curves: dict[Arch, Curve] = {}
        """Of the trainings that are neither complete nor stopped."""
        self._ready: deque[Arch] = deque()
        self._deck = Deck(space, rng)

    def ask(self) -> Query | None:
        """The next step of a training, or the first of another; None while the last of the space are running."""
        if self._ready:
            arch = self._ready.popleft()
            return Query(arch, self._steps[len(self._curves[arch])])
        newcomer = self._deck.draw()
        if newcomer is None and not self._curves:
            self._deck = Deck(self._space, self._rng)
            newcomer = self._deck.draw()
        if newcomer is None:
            return None
        self._curves[newcomer] = []
        return Query(newcomer, self._steps[0])

    def tell(self, trial: Trial) -> None:
        """Let the training go on, or end."""
        arch, loss = trial.query.arch, trial.losses[0]
        curve = self._curves[arch]
        curve.append(loss)
        if loss == float("inf"):
            del self._curves[arch]
        elif len(curve) == len(self._steps) or self._stops(curve):
            del self._curves[arch]
            self._ended(curve)
        else:
            self._ready.append(arch)
