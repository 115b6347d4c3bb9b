"""From a formula on a network to a proxy on architectures."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.core import Arch, Benchmark, Proxy
from proxies.zero_cost._build import build_network, draw_minibatch, load_dataset

Formula = Callable[[nn.Module, Tensor, Tensor], float]
"""From a network in training mode, images (n, colours, h, w) and labels (n,) to a score; NaN where it is undefined."""


class ZeroCost(Proxy):
    """The formula's value on the network that training with `seed` would start from, computed in float64.

    Cells are built in canonical form, so that isomorphic ones score the same.
    """

    def __init__(self, formula: Formula, benchmark: Benchmark, seed: int, batch: int) -> None:
        self._formula, self._space, self._seed = formula, benchmark.space, seed
        self._dataset = load_dataset(benchmark, formula.__name__)
        self._minibatch = draw_minibatch(self._dataset, batch, seed)

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Nothing to learn."""

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """The formula's value per architecture, shape (architectures,); NaN where it is undefined."""
        with torch.enable_grad():
            return np.array([self._score(self._space.canonical(arch)) for arch in archs], dtype=float)

    def _score(self, arch: Arch) -> float:
        return self._formula(build_network(arch, self._dataset, self._seed), *self._minibatch)


class ZeroCostItem:
    """What the registry finds under the formula's name: it makes the proxy; `formula` works on any torch network."""

    def __init__(self, formula: Formula) -> None:
        self.formula: Final = formula
        self.__name__, self.__doc__ = formula.__name__, formula.__doc__

    def __call__(self, benchmark: Benchmark, *, seed: int, batch: int = 64) -> ZeroCost:
        """The proxy that looks at `batch` training images of the benchmark's data set, drawn by the seed."""
        return ZeroCost(self.formula, benchmark, seed, batch)


def zero_cost(formula: Formula) -> ZeroCostItem:
    """Make a formula on networks an item of the registry: a proxy on architectures."""
    return ZeroCostItem(formula)
