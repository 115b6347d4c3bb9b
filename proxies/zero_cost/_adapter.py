"""From a formula on a look at a network to a proxy on architectures."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.core import Arch, Benchmark, Proxy, Scores, TabularBenchmark
from harness.errors import BadValue
from harness.fidelities import full_fidelity
from proxies.zero_cost._build import Laboratory, laboratory_of
from proxies.zero_cost._layers import untouched
from proxies.zero_cost._look import Look

Formula = Callable[[Look], float]
"""From a look to a score, higher = believed better; NaN where it is undefined."""


class Definition(NamedTuple):
    """What a score rests on beside its formula. `degenerate` says what a network gets that nothing flows through."""

    degenerate: str
    loss: str = "mean cross entropy"
    batch_norm: str = "batch statistics"
    images: str = "training images"


class ZeroCostItem:
    """What the registry finds under the formula's name: it makes the proxy; `formula` works on any torch network."""

    def __init__(self, score: Formula, definition: Definition, *, curved: bool, tabulated: bool) -> None:
        self.score: Final = score
        self.definition, self.curved, self._tabulated = definition, curved, tabulated
        self.__name__, self.__doc__ = score.__name__, score.__doc__

    def __call__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        batch: int = 64,
        dataset: str | None = None,
        precision: str | None = None,
    ) -> Proxy:
        """The proxy on `batch` training images of a data set, by default the benchmark's own, drawn by the seed.

        `precision` is float32 or float64: by default the former for the official networks, whose scores are published
        so, and the latter for small ones. What a table holds is read from it unless a data set is named.
        """
        if isinstance(benchmark, TabularBenchmark) and dataset is None and self._tabulated:
            metrics = {metric.name for metric in benchmark.metrics}
            if self.__name__ in metrics:
                return Tabulated(benchmark, self.__name__)
        if self._tabulated and dataset is None and benchmark.dataset is None:
            raise BadValue(
                f"{benchmark.name} has no column {self.__name__!r} and names no data set to build networks for: import "
                f"the table again with a column of {self.__name__}, or with --classes so that they are computed, or "
                f'name a data set with {{ name = "{self.__name__}", dataset = "cifar10" }}'
            )
        return ZeroCost(self, laboratory_of(benchmark, self.__name__, (dataset, batch, precision), seed))

    def formula(self, network: nn.Module, images: Tensor, labels: Tensor, seed: int = 0) -> float:
        """The score of any network, which stays as it was."""
        with untouched(network):
            return self.of(Look(lambda: network, images, labels, curved=self.curved, seed=seed))

    def of(self, look: Look) -> float:
        """The score of what a look sees, booked under the formula's name."""
        return float(look.book.value(self.__name__, lambda: self.score(look)))


class ZeroCost(Proxy):
    """The formula's value on the network that training with the seed would start from.

    Cells are built in canonical form, so that isomorphic ones score the same.
    """

    def __init__(self, item: ZeroCostItem, laboratory: Laboratory) -> None:
        self.item, self.laboratory = item, laboratory
        self.chunk = laboratory.chunk
        self.definition: Mapping[str, str] = item.definition._asdict() | laboratory.definition
        self.together = score_together

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Nothing to learn."""

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """The formula's value per architecture, shape (architectures,); NaN where it is undefined."""
        values: NDArray[np.float64] = score_together([self], archs).values[0]
        return values


class Tabulated(Proxy):
    """The cost that the table holds for the architecture as it is written, isomorphic to another or not."""

    def __init__(self, benchmark: TabularBenchmark, metric: str) -> None:
        self._space = benchmark.space
        self._values = benchmark.table(metric, full_fidelity(benchmark, metric))

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Nothing to learn."""

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """The table's values, shape (architectures,); NaN where it has none."""
        return np.array([self._values[self._space.index(arch)] for arch in archs], dtype=float)


def zero_cost(
    definition: Definition, *, curved: bool = False, tabulated: bool = False
) -> Callable[[Formula], ZeroCostItem]:
    """Make a formula an item of the registry: second derivatives are for `curved` ones, tables for `tabulated` ones."""
    return lambda formula: ZeroCostItem(formula, definition, curved=curved, tabulated=tabulated)


def score_together(proxies: Sequence[Proxy], archs: Sequence[Arch]) -> Scores:
    """Scores and seconds of several proxies: those of one laboratory share a network, a batch and its passes.

    The seconds of each are those that it would have taken alone.
    """
    values, seconds = np.full((len(proxies), len(archs)), np.nan), np.zeros(len(proxies))
    laboratories: dict[Laboratory, list[int]] = {}
    for place, proxy in enumerate(proxies):
        assert isinstance(proxy, ZeroCost)
        laboratories.setdefault(proxy.laboratory, []).append(place)
    for laboratory, places in laboratories.items():
        items = [proxies[place].item for place in places]  # type: ignore[attr-defined]
        for column, arch in enumerate(archs):
            found = score_network_of(laboratory, arch, items)
            values[places, column] = [value for value, _ in found]
            seconds[places] += [second for _, second in found]
    return Scores(values, seconds)


def score_network_of(laboratory: Laboratory, arch: Arch, items: Sequence[ZeroCostItem]) -> list[tuple[float, float]]:
    """The score of each item on one architecture, and the seconds that it would have taken alone."""
    look = laboratory.look(arch, curved=any(item.curved for item in items))
    with torch.enable_grad():
        scores = [item.of(look) for item in items]
    return [(score, look.book.alone(item.__name__)) for score, item in zip(scores, items, strict=True)]
