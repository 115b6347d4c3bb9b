"""A search among the architectures that a table has measured, where it holds a part of its space only."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from harness.core import Algorithm, Arch, Benchmark, Fidelity, Problem, Query, SearchSpace, TabularBenchmark, Trial
from harness.errors import BadValue
from harness.wrappers._guided import GuidedSpace


class Measured(Algorithm):
    """The search draws among the architectures measured at the most thorough fidelity, each as likely.

    A mutation that leaves them is tried again; where no neighbour was measured, another architecture is drawn.
    """

    def __init__(
        self, make: Callable[[Problem], Algorithm], problem: Problem, *, seed: int, benchmark: Benchmark
    ) -> None:
        if not isinstance(benchmark, TabularBenchmark):
            raise BadValue(f"{benchmark.name} is no table: it measures what it is asked")
        pool, known = _measured(benchmark, problem.objectives[0].name, problem.fidelities[-1])
        self._inner = make(problem._replace(space=_MeasuredSpace(problem.space, pool, known)))

    def ask(self) -> Query | None:
        """The inner search's question."""
        query = self._inner.ask()
        self.spent = self._inner.spent
        return query

    def merit(self, losses: tuple[float, ...]) -> float:
        """What the inner search makes of them."""
        return self._inner.merit(losses)

    def tell(self, trial: Trial) -> None:
        """Pass it on."""
        self._inner.tell(trial)


class _MeasuredSpace(GuidedSpace):
    """The space of the problem, of which only these architectures are drawn."""

    def __init__(self, space: SearchSpace, pool: Sequence[Arch], known: frozenset[int]) -> None:
        super().__init__(space)
        self._archs = self.pool = pool
        self._index, self._known = space.index, known

    def admits(self, arch: Arch) -> bool:  # type: ignore[override]
        """Whether it was measured."""
        return self._space.admits(arch) and self._index(arch) in self._known

    def sample(self, rng: np.random.Generator) -> Arch:
        """Any of them."""
        return self.recommend() or self._archs[int(rng.random() * len(self._archs))]

    def mutate(self, arch: Arch, rng: np.random.Generator) -> Arch:
        """A mutant that was measured; one in 64 tries, or any other."""
        for _ in range(64):
            mutant = self._space.mutate(arch, rng)
            if self._index(mutant) in self._known:
                return mutant
        return self.sample(rng)


@lru_cache(maxsize=4)
def _measured(benchmark: TabularBenchmark, metric: str, fidelity: Fidelity) -> tuple[list[Arch], frozenset[int]]:
    """The architectures with a value, and their official indices; the same for every seed of a study."""
    found = np.flatnonzero(~np.isnan(benchmark.table(metric, fidelity))).tolist()
    archs = benchmark.space.all()
    return [archs[i] for i in found], frozenset(found)
