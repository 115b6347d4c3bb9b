"""A search among the architectures that a table has measured, where it holds a part of its space only."""

from collections.abc import Callable

import numpy as np

from harness.core import Algorithm, Arch, Benchmark, Problem, Query, TabularBenchmark, Trial
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
        values = benchmark.table(problem.objectives[0].name, problem.fidelities[-1])
        archs = problem.space.all()
        measured = [archs[i] for i in np.flatnonzero(~np.isnan(values)).tolist()]
        self._inner = make(problem._replace(space=_MeasuredSpace(problem, measured)))

    def ask(self) -> Query | None:
        """The inner search's question."""
        query = self._inner.ask()
        self.spent = self._inner.spent
        return query

    def tell(self, trial: Trial) -> None:
        """Pass it on."""
        self._inner.tell(trial)


class _MeasuredSpace(GuidedSpace):
    """The space of the problem, of which only these architectures are drawn."""

    def __init__(self, problem: Problem, archs: list[Arch]) -> None:
        super().__init__(problem.space)
        self._archs = self.pool = archs
        self._index = problem.space.index
        self._known = {self._index(arch) for arch in archs}

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
