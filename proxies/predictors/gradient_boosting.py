"""Gradient boosted trees on the encoded architecture (Friedman, 2001; as a predictor: White et al., NeurIPS 2021)."""

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingRegressor

from proxies.predictors._boosted import COLUMNS, ROWS, Boosted, Model


class GradientBoosting(Boosted):
    """scikit-learn's `GradientBoostingRegressor`; the options and the deviation are those of `Boosted`.

    It tries every split, where `HistGradientBoostingRegressor` puts values into bins and wants twenty rows in a leaf:
    that one learns nothing from 10 rows, little from 50, and what this one does from some hundred.
    """

    def _prepare(self) -> None:
        """scikit-learn is always there."""

    def _grow(self, rows: NDArray[np.float64], losses: NDArray[np.float64], seed: int) -> Model:
        model = GradientBoostingRegressor(
            n_estimators=self._trees,
            learning_rate=self._rate,
            max_leaf_nodes=self._leaves,
            max_depth=None,
            subsample=ROWS,
            max_features=COLUMNS,
            random_state=seed,
        )
        predict: Model = model.fit(rows, losses).predict
        return predict
