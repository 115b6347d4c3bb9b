"""Local search (White et al., UAI 2021, Algorithm 1; Den Ottelander et al., EMO 2021): downhill, then anew."""

import numpy as np

from harness.algorithms._deck import Deck
from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import flag, one_objective
from harness.core import Algorithm, Arch, Problem, Query, Trial


class LocalSearch(Algorithm):
    """From a random start to the best neighbour, for as long as one has a lower loss; then from another start.

    Neighbours differ in one decision and are asked in random order, which also decides between equal losses. With
    `first_improvement` it moves to the first neighbour of lower loss and leaves the others unasked. Nothing is asked
    twice: losses are remembered, and starts are drawn among what was never asked. Nothing is left to ask once the whole
    space has been asked. `epochs`, `schedule` and `data` name the fidelity; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        first_improvement: bool = False,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        one_objective(problem)
        self._first = flag("first_improvement", first_improvement)
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._space = problem.space
        self._rng = np.random.default_rng(seed)
        self._starts = Deck(problem.space, self._rng)
        self._asked: set[Arch] = set()
        self._losses: dict[Arch, float] = {}
        self._around: list[Arch] = []
        """The current architecture, then its neighbours in the order of asking."""
        self._unasked: list[Arch] = []
        """What of that is still to be asked, the next one last."""

    def ask(self) -> Query | None:
        """The next neighbour or start; None while the last of a neighbourhood are running, and for good at the end."""
        while self._decided():
            center = self._next_center()
            if center is None:
                return None
            self._move(center)
        if not self._unasked:
            return None
        arch = self._unasked.pop()
        self._asked.add(arch)
        return Query(arch, self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Remember the loss, wherever the walk has gone since."""
        self._losses[trial.query.arch] = trial.losses[0]

    def _decided(self) -> bool:
        """Whether it is known where to go from here."""
        if self._first and self._downhill() is not None:
            return True
        return not self._unasked and all(arch in self._losses for arch in self._around)

    def _next_center(self) -> Arch | None:
        downhill = self._downhill()
        return self._fresh_start() if downhill is None else downhill

    def _downhill(self) -> Arch | None:
        """The neighbour to move to among those told: the first or the best of those with a lower loss."""
        losses = self._losses
        if not self._around or self._around[0] not in losses:
            return None
        here = losses[self._around[0]]
        lower = (arch for arch in self._around if losses.get(arch, here) < here)
        return next(lower, None) if self._first else min(lower, key=losses.__getitem__, default=None)

    def _fresh_start(self) -> Arch | None:
        """A random architecture that was never asked, or None when there is none."""
        while (arch := self._starts.draw()) in self._asked:
            pass
        return arch

    def _move(self, center: Arch) -> None:
        neighbors = self._space.neighbors(center)
        self._around = [center, *(neighbors[i] for i in self._rng.permutation(len(neighbors)).tolist())]
        self._unasked = [arch for arch in reversed(self._around) if arch not in self._asked]
