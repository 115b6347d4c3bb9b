"""A supernet without a network: architectures are as good as their options are high."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, Benchmark, Supernet

BEST = (3, 3, 3, 3, 3, 3)


class ToySupernet(Supernet):
    """Scores the sum of the options, NaN for `undefined`; it would choose `BEST`."""

    def __init__(self, benchmark: Benchmark | None, *, seed: int, undefined: int | None = None) -> None:
        self.undefined = undefined
        self.trained = 0
        self.scored: list[Arch] = []

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        self.trained += 1

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        self.scored += archs
        return np.array([np.nan if self.undefined in arch else float(sum(arch)) for arch in archs])

    def train_epoch(self) -> Mapping[str, float]:
        return {}

    def derive(self) -> Arch:
        return BEST
