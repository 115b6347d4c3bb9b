"""Costs of an architecture as proxies: bigger is believed better."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.core import Arch, Benchmark, Proxy, TabularBenchmark
from harness.errors import BadValue
from harness.fidelities import full_fidelity
from proxies.zero_cost._build import build_network, draw_minibatch, load_dataset

Count = Callable[[nn.Module, Tensor], float]
"""From a network and one image (1, colours, h, w) to its cost."""


class TabulatedCost(Proxy):
    """The cost that the table holds for the architecture as it is written, isomorphic to another or not."""

    def __init__(self, benchmark: TabularBenchmark, metric: str) -> None:
        self._space = benchmark.space
        self._values = benchmark.table(metric, full_fidelity(benchmark, metric))

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Nothing to learn."""

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """The table's values, shape (architectures,); NaN where it has none."""
        return np.array([self._values[self._space.index(arch)] for arch in archs], dtype=float)


class CountedCost(Proxy):
    """The cost counted on the network that live training would build of the architecture's canonical form."""

    def __init__(self, benchmark: Benchmark, metric: str, count: Count) -> None:
        self._space, self._count = benchmark.space, count
        self._dataset = load_dataset(benchmark, metric)
        self._image = draw_minibatch(self._dataset, 2, 0).images[:1]

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Nothing to learn."""

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """The counts, shape (architectures,)."""
        return np.array([self._score(self._space.canonical(arch)) for arch in archs], dtype=float)

    def _score(self, arch: Arch) -> float:
        return self._count(build_network(arch, self._dataset, 0), self._image)


def cost(benchmark: Benchmark, metric: str, count: Count) -> Proxy:
    """Read the metric from the table that has it, else count it; a `BadValue` when neither can be done."""
    if isinstance(benchmark, TabularBenchmark) and any(known.name == metric for known in benchmark.metrics):
        return TabulatedCost(benchmark, metric)
    if benchmark.dataset is None:
        raise BadValue(
            f"{benchmark.name} has no column {metric!r} and names no data set to build networks for: "
            f"import the table again with a column of {metric}, or with --classes so that they are computed"
        )
    return CountedCost(benchmark, metric, count)
