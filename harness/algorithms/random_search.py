"""Random search (Bergstra & Bengio, JMLR 2012): the baseline that every search has to beat."""

import numpy as np

from harness.algorithms._deck import Deck
from harness.algorithms._fidelity import pick_fidelity
from harness.algorithms._hyper import flag
from harness.core import Algorithm, Arch, Problem, Query, Trial


class RandomSearch(Algorithm):
    """Architectures drawn uniformly, without replacement unless `replace` is set.

    Without replacement it has nothing left to ask once every architecture of the space has been drawn. `epochs`,
    `schedule` and `data` name the fidelity that it asks for; without them it is the full one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        seed: int,
        replace: bool = False,
        epochs: int | None = None,
        schedule: int | None = None,
        data: float | None = None,
    ) -> None:
        self._fidelity = pick_fidelity(problem, epochs, schedule, data)
        self._space = problem.space
        self._rng = np.random.default_rng(seed)
        self._deck = None if flag("replace", replace) else Deck(problem.space, self._rng)

    def ask(self) -> Query | None:
        """The next architecture drawn; None for good once the space is exhausted."""
        arch = self._draw()
        return None if arch is None else Query(arch, self._fidelity)

    def tell(self, trial: Trial) -> None:
        """Nothing: random search does not learn."""

    def _draw(self) -> Arch | None:
        return self._space.sample(self._rng) if self._deck is None else self._deck.draw()
