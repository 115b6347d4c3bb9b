"""An ensemble of small networks on the encoded architecture (White et al., BANANAS, AAAI 2021, sections 4 and 5)."""

import numpy as np
from numpy.typing import NDArray

from harness.core import Benchmark
from proxies.predictors._learner import Learner, Scale, at_least, scale_of
from proxies.predictors._networks import Networks


class MlpEnsemble(Learner):
    """Mean and standard deviation over networks that differ in their initial weights.

    Number, depth and width, the learning rate of 0.01, Adam and rectified units are the paper's. What differs: a step
    is taken on all rows at once, `epochs` times; and the error is absolute on standardised losses, since that relative
    to the lowest loss possible needs to know it. Columns that are the same in all rows learned from are left out.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        train: int = 100,
        networks: int = 5,
        layers: int = 10,
        width: int = 20,
        epochs: int = 80,
        encoding: str = "one_hot",
    ) -> None:
        super().__init__(benchmark, train, encoding, seed)
        self._seed, self._count = seed, at_least("networks", networks, 2)
        self._widths = (at_least("width", width, 1),) * at_least("layers", layers, 1)
        self._epochs = at_least("epochs", epochs, 1)
        self._scale: Scale
        self._columns: NDArray[np.bool_]
        self._networks: Networks

    def _learn(self, rows: NDArray[np.float64], losses: NDArray[np.float64]) -> None:
        self._scale, self._columns = scale_of(losses), varying(rows)
        rng = np.random.default_rng(self._seed)
        self._networks = Networks(int(self._columns.sum()), self._widths, self._count, "relu", rng)
        scaled = (losses - self._scale.center) / self._scale.spread
        self._networks.train(rows[:, self._columns], scaled, self._epochs, absolute=True)

    def _believe(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        losses = self._scale.center + self._scale.spread * self._networks.outputs(rows[:, self._columns])
        return losses.mean(0), losses.std(0, ddof=1)


def varying(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which columns differ between rows, or all of them where none does."""
    differ: NDArray[np.bool_] = (rows != rows[0]).any(0)
    return differ if differ.any() else ~differ
