"""A random forest on the encoded architecture (Breiman, 2001; as a predictor: White et al., NeurIPS 2021)."""

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor

from harness.core import Benchmark
from proxies.predictors._learner import Learner, at_least


class RandomForest(Learner):
    """The mean over regression trees, and the standard deviation over them.

    `train` and `encoding` are those of every `Learner`.
    """

    def __init__(
        self, benchmark: Benchmark, *, seed: int, train: int = 100, trees: int = 100, encoding: str = "one_hot"
    ) -> None:
        super().__init__(benchmark, train, encoding, seed)
        self._forest = RandomForestRegressor(at_least("trees", trees, 1), random_state=seed, n_jobs=1)

    def _learn(self, rows: NDArray[np.float64], losses: NDArray[np.float64]) -> None:
        self._forest.fit(rows, losses)

    def _believe(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        columns = rows.astype(np.float32)
        losses = np.stack([tree.predict(columns, check_input=False) for tree in self._forest.estimators_])
        return losses.mean(0), losses.std(0)
