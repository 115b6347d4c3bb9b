"""Warm-up by a proxy (Abdelfattah et al., ICLR 2021, section 4.3): a search begins with what the proxy likes best."""

from collections.abc import Callable

import numpy as np

from harness.algorithms._deck import Deck
from harness.algorithms._hyper import whole
from harness.core import Algorithm, Benchmark, Problem, Query, Trial
from harness.wrappers._guided import Guide, GuidedSpace


class Warmup(Algorithm):
    """`proxy` scores `candidates` random architectures; whatever the search draws at random are these, best first.

    What the proxy read from trainings is charged before the first question; its computing time counts as overhead.
    """

    def __init__(
        self,
        make: Callable[[Problem], Algorithm],
        problem: Problem,
        *,
        seed: int,
        benchmark: Benchmark,
        proxy: str,
        candidates: int = 3000,
    ) -> None:
        self._guide = Guide(benchmark, proxy, seed)
        self._deck = Deck(problem.space, np.random.default_rng([seed, 1]))  # others than the search itself draws
        self._candidates = whole("candidates", candidates, 1)
        self._make, self._problem = make, problem
        self._inner: Algorithm | None = None

    def ask(self) -> Query | None:
        """The inner search's question; with the first one the candidates are scored."""
        if self._inner is None:
            drawn = [arch for _ in range(self._candidates) if (arch := self._deck.draw()) is not None]
            space = GuidedSpace(self._problem.space, self._guide.rank(drawn))
            self._inner = self._make(self._problem._replace(space=space))
        query = self._inner.ask()
        self.spent = self._guide.spent + self._inner.spent
        return query

    def merit(self, losses: tuple[float, ...]) -> float:
        """What the inner search makes of them."""
        return losses[0] if self._inner is None else self._inner.merit(losses)

    def tell(self, trial: Trial) -> None:
        """Pass it on."""
        assert self._inner is not None, "told before it asked"
        self._inner.tell(trial)
