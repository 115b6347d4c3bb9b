"""ASHA (Li et al., MLSys 2020, Algorithm 2): successive halving that promotes without waiting for a rung to fill."""

from bisect import insort
from heapq import heappop, heappush

import numpy as np

from harness.algorithms._deck import Deck
from harness.algorithms._hyper import one_objective, whole
from harness.algorithms._rungs import Ladder
from harness.core import Algorithm, Arch, Problem, Query, Trial


class Asha(Algorithm):
    """Promotes whoever is among the best 1/`eta` of a rung, the highest rung first; else begins another at the bottom.

    `eta` = 4 is that of the paper's experiments (section 4); `early_stopping_rate` is its s, the lowest rungs left out.
    `min_epochs` and `schedule` make the ladder, see `Ladder`. Of equal losses those told first are better; a failed
    training (+inf) counts in its rung and is not promoted.

    Architectures are drawn without repetition. Once all of a space have been drawn, ceil instead of floor of 1/`eta` of
    a rung are promoted, so that small spaces are climbed to the top; then it begins anew. Until then it never waits.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        eta: int = 4,
        min_epochs: int = 1,
        early_stopping_rate: int = 0,
        schedule: str | None = None,
    ) -> None:
        one_objective(problem)
        ladder = Ladder(problem, eta, min_epochs, schedule)
        skipped = whole("early_stopping_rate", early_stopping_rate, 0, len(ladder.rungs) - 1)
        self._eta, self._fidelities = ladder.eta, ladder.rungs[skipped:]
        self._level = {fidelity: k for k, fidelity in enumerate(self._fidelities)}
        self._space, self._rng = problem.space, np.random.default_rng(seed)
        self._running = 0
        self._begin()

    def ask(self) -> Query | None:
        """A promotion if one is due, else a new architecture; None while the last of a whole space are running."""
        query = self._promotion() or self._newcomer() or self._promotion()
        if query is None and not self._running:
            self._begin()
            query = self._newcomer()
        self._running += query is not None
        return query

    def tell(self, trial: Trial) -> None:
        """Rank the architecture in its rung."""
        self._running -= 1
        self._rungs[self._level[trial.query.fidelity]].add(trial.losses[0], trial.query.arch)

    def _begin(self) -> None:
        self._deck = Deck(self._space, self._rng)
        self._exhausted = False
        self._rungs = [_Rung() for _ in self._fidelities]

    def _promotion(self) -> Query | None:
        """Lines 12 to 19 of Algorithm 2: the top rung is not promoted from."""
        for k in range(len(self._rungs) - 2, -1, -1):
            arch = self._rungs[k].promote(self._eta, self._exhausted)
            if arch is not None:
                return Query(arch, self._fidelities[k + 1])
        return None

    def _newcomer(self) -> Query | None:
        """Line 20: grow the bottom rung."""
        arch = self._deck.draw()
        self._exhausted = arch is None
        return None if arch is None else Query(arch, self._fidelities[0])


class _Rung:
    """The architectures told at one fidelity, from best to worst."""

    def __init__(self) -> None:
        self._ranked: list[tuple[float, int]] = []
        """(loss, how many were told before) of all."""
        self._waiting: list[tuple[float, int, Arch]] = []
        """A heap of those that have not been promoted."""

    def add(self, loss: float, arch: Arch) -> None:
        """Take in a result."""
        order = len(self._ranked)
        insort(self._ranked, (loss, order))
        if loss < float("inf"):
            heappush(self._waiting, (loss, order, arch))

    def promote(self, eta: int, exhausted: bool) -> Arch | None:
        """The best that has not been promoted, if it is among the best 1/eta of the rung."""
        n = len(self._ranked)
        k = -(-n // eta) if exhausted else n // eta
        if not k or not self._waiting or self._waiting[0][:2] > self._ranked[k - 1]:
            return None
        return heappop(self._waiting)[2]
