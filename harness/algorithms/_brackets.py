"""Brackets of successive halving as they are played (Li et al., JMLR 2018, Algorithm 1, lines 3 to 9)."""

from collections import deque
from collections.abc import Callable, Iterator

import numpy as np

from harness.algorithms._deck import Deck
from harness.algorithms._rungs import Rung
from harness.core import Arch, Query, SearchSpace, Trial


class Bracket:
    """One bracket: `draw` gives the architectures of its lowest rung, each once and None when there are no more.

    A rung is synchronous: the best are promoted once all of it has been told, in whatever order. Of equal losses those
    asked first are promoted, and failed ones (+inf) only when nothing else is left. When `draw` has no more, the lowest
    rung is what it gave.
    """

    def __init__(self, rungs: list[Rung], draw: Callable[[], Arch | None]) -> None:
        self._rungs, self._draw = deque(rungs), draw
        self._size, self._fidelity = self._rungs.popleft()
        self._archs: list[Arch] = []
        self._losses: dict[Arch, float] = {}
        self._asked = 0
        self._drawing, self.done = True, False

    def ask(self) -> Query | None:
        """The next of this rung; None while the rest of it is running, and for good once `done`."""
        if self._drawing and self._asked < self._size:
            self._draw_one()
        if len(self._losses) == self._size:
            self._promote()
        if self._asked == len(self._archs):
            return None
        self._asked += 1
        return Query(self._archs[self._asked - 1], self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Take down the loss of one of this rung."""
        self._losses[trial.query.arch] = trial.losses[0]

    def _draw_one(self) -> None:
        arch = self._draw()
        if arch is None:
            self._size = self._asked
        else:
            self._archs.append(arch)

    def _promote(self) -> None:
        """The best go to the next rung; without one the bracket is done."""
        self._drawing = False
        if self.done or not self._rungs:
            self.done = True
            return
        size, self._fidelity = self._rungs.popleft()
        self._archs = sorted(self._archs, key=self._losses.__getitem__)[:size]
        self._size, self._losses, self._asked = len(self._archs), {}, 0


class Brackets:
    """Plays brackets one after the other, each with architectures of its own, drawn without repetition.

    In a space smaller than a rung the rung is the whole space.
    """

    def __init__(self, space: SearchSpace, brackets: Iterator[list[Rung]], rng: np.random.Generator) -> None:
        self._space, self._brackets, self._rng = space, brackets, rng
        self._bracket = self._next()

    def ask(self) -> Query | None:
        """The next of this rung; None while the rest of it is running."""
        query = self._bracket.ask()
        if query is None and self._bracket.done:
            self._bracket = self._next()
            query = self._bracket.ask()
        return query

    def tell(self, trial: Trial) -> None:
        """Take down the loss of one of this rung."""
        self._bracket.tell(trial)

    def _next(self) -> Bracket:
        return Bracket(next(self._brackets), Deck(self._space, self._rng).draw)
