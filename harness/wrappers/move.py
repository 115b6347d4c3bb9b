"""Move proposals by a proxy (Abdelfattah et al., ICLR 2021, section 4.3): the best of several mutants is evaluated."""

from collections.abc import Callable

from harness.algorithms._hyper import whole
from harness.core import Algorithm, Benchmark, Problem, Query, Trial
from harness.wrappers._guided import Guide, GuidedSpace


class Move(Algorithm):
    """Wherever the search mutates, `candidates` mutants are drawn and the one that `proxy` scores best is taken.

    What the proxy read from trainings is charged; its computing time counts as overhead.
    """

    def __init__(
        self,
        make: Callable[[Problem], Algorithm],
        problem: Problem,
        *,
        seed: int,
        benchmark: Benchmark,
        proxy: str,
        candidates: int = 10,
    ) -> None:
        self._guide = Guide(benchmark, proxy, seed)
        space = GuidedSpace(problem.space, guide=self._guide, proposals=whole("candidates", candidates, 1))
        self._inner = make(problem._replace(space=space))

    def ask(self) -> Query | None:
        """The inner search's question."""
        query = self._inner.ask()
        self.spent = self._guide.spent + self._inner.spent
        return query

    def merit(self, losses: tuple[float, ...]) -> float:
        """What the inner search makes of them."""
        return self._inner.merit(losses)

    def tell(self, trial: Trial) -> None:
        """Pass it on."""
        self._inner.tell(trial)
