"""What the predictors of boosted trees share: several models from one set of rows, which differ by what they draw."""

from abc import abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from harness.core import Benchmark
from proxies.predictors._learner import Learner, Scale, at_least, scale_of, share
from proxies.predictors.mlp_ensemble import varying

Model = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From rows, shape (architectures, columns), to standardised losses, shape (architectures,)."""

ROWS, COLUMNS = 0.7, 0.5
"""A tree grows on so many of the rows (Friedman, 2002), a split looks for its column among so many of the columns."""

DIGITS = 9
"""Losses are learned to so many digits of their spread: which of two equal splits wins is no matter of their unit."""


class Boosted(Learner):
    """The mean over `members` models, and the standard deviation over them (Malinin et al., ICLR 2021, section 4).

    Each model is `trees` trees of at most `leaves` leaves, the best leaf split first, at the learning rate `rate`, on
    standardised losses. The deviation says how far the models' random parts matter, not how noisy losses are, and is at
    least a hundredth of the spread of the losses. Columns that are the same in all rows learned from are left out.
    `train` and `encoding` are those of every `Learner`.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        train: int = 100,
        members: int = 5,
        trees: int = 100,
        leaves: int = 15,
        rate: float = 0.1,
        encoding: str = "one_hot",
    ) -> None:
        super().__init__(benchmark, train, encoding, seed)
        self._seeds = np.random.default_rng(seed).integers(2**31, size=at_least("members", members, 2)).tolist()
        self._trees, self._leaves = at_least("trees", trees, 1), at_least("leaves", leaves, 2)
        self._rate = share("rate", rate)
        self._scale: Scale
        self._columns: NDArray[np.bool_]
        self._models: list[Model]
        self._prepare()

    @abstractmethod
    def _prepare(self) -> None:
        """A `BadValue` where the library that grows the trees is missing."""

    @abstractmethod
    def _grow(self, rows: NDArray[np.float64], losses: NDArray[np.float64], seed: int) -> Model:
        """One model, on one thread and without a word."""

    def _learn(self, rows: NDArray[np.float64], losses: NDArray[np.float64]) -> None:
        self._scale, self._columns = scale_of(losses), varying(rows)
        scaled = np.round(self._scale.standardised(losses), DIGITS)
        self._models = [self._grow(rows[:, self._columns], scaled, seed) for seed in self._seeds]

    def _believe(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        losses = np.stack([model(rows[:, self._columns]) for model in self._models])
        return self._scale.restored(losses.mean(0), losses.std(0, ddof=1))
