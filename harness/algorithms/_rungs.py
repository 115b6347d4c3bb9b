"""Brackets of successive halving, which is what Hyperband repeats (Li et al., JMLR 2018, Algorithm 1)."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from harness.algorithms._deck import Deck
from harness.algorithms._hyper import whole
from harness.core import Arch, Fidelity, Problem, Query, SearchSpace, Trial
from harness.errors import BadValue


class Rung(NamedTuple):
    """How many architectures are trained how thoroughly before the best of them are promoted."""

    size: int
    fidelity: Fidelity


class Ladder:
    """The epochs that a bracket can stop at: the fidelities that differ from the full one in their epochs only.

    They are the truncated trainings of the full schedule, so that a promoted network can be trained on. `eta` is the
    factor between the epochs of two rungs, and `depth` is s_max, the most promotions that fit between `min_epochs` and
    the full number of epochs.
    """

    def __init__(self, problem: Problem, eta: int, min_epochs: int) -> None:
        full = problem.fidelities[-1]
        ladder = sorted(f for f in problem.fidelities if f._replace(epochs=full.epochs) == full)
        if len(ladder) < 2:
            raise BadValue(
                f"this algorithm needs trainings that stop before epoch {full.epochs} of the {full.schedule}-epoch "
                f"schedule, and the benchmark has none: use an algorithm that asks for one fidelity"
            )
        least = whole("min_epochs", min_epochs, 1, full.epochs // 2)
        self.eta = whole("eta", eta, 2, full.epochs // least)
        self.depth = max(s for s in range(full.epochs) if least * eta**s <= full.epochs)
        self.full = full.epochs
        self.steps = [step for step in ladder if step.epochs >= least]

    def bracket(self, s: int, n: int) -> list[Rung]:
        """The rungs of a bracket of `s` promotions that begins with `n` architectures.

        Rung i has n_i = floor(n eta^-i) architectures and R eta^(i - s) epochs, rounded to the nearest on the ladder,
        the fewer when two are equally near. When rungs round to the same epochs only the lowest is asked: the survivors
        would be asked the same again.
        """
        rungs: list[Rung] = []
        for i in range(s + 1):
            rung = Rung(n // self.eta**i, self._nearest(self.full / self.eta ** (s - i)))
            if not rungs or rungs[-1].fidelity != rung.fidelity:
                rungs.append(rung)
        return rungs

    def _nearest(self, epochs: float) -> Fidelity:
        return min(self.steps, key=lambda step: abs(step.epochs - epochs))


class Brackets:
    """Plays brackets one after the other, each with architectures of its own, drawn without repetition.

    A rung is synchronous: the best are promoted once all of it has been told, in whatever order. Of equal losses those
    asked first are promoted, and failed ones (+inf) only when nothing else is left. In a space smaller than a rung the
    rung is the whole space.
    """

    def __init__(self, space: SearchSpace, brackets: Iterator[list[Rung]], rng: np.random.Generator) -> None:
        self._space, self._brackets, self._rng = space, brackets, rng
        self._rungs: Iterator[Rung] = iter(())
        self._fidelity: Fidelity
        self._archs: list[Arch] = []
        self._losses: dict[Arch, float] = {}
        self._asked = 0

    def ask(self) -> Query | None:
        """The next of this rung; None while the rest of it is running."""
        if len(self._losses) == len(self._archs):
            self._climb()
        if self._asked == len(self._archs):
            return None
        self._asked += 1
        return Query(self._archs[self._asked - 1], self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Take down the loss of one of this rung."""
        self._losses[trial.query.arch] = trial.losses[0]

    def _climb(self) -> None:
        """Promote the best to the next rung, or begin the next bracket."""
        rung = next(self._rungs, None)
        if rung is not None:
            self._archs = sorted(self._archs, key=self._losses.__getitem__)[: rung.size]
        else:
            self._rungs = iter(next(self._brackets))
            rung = next(self._rungs)
            self._archs = self._draw(rung.size)
        self._fidelity, self._losses, self._asked = rung.fidelity, {}, 0

    def _draw(self, size: int) -> list[Arch]:
        deck = Deck(self._space, self._rng)
        return [arch for _ in range(size) if (arch := deck.draw()) is not None]
