"""XGBoost on the encoded architecture (Chen & Guestrin, KDD 2016; as a predictor: White et al., NeurIPS 2021)."""

import numpy as np
from numpy.typing import NDArray

from proxies.predictors._boosted import COLUMNS, ROWS, Boosted, Model
from proxies.predictors._library import library

NEEDS = ("xgboost",)


class Xgboost(Boosted):
    """`xgboost.train` of the extra `predictors`; the options and the deviation are those of `Boosted`.

    The leaf that gains most is split first, however deep it lies, as in the other two.
    """

    def _prepare(self) -> None:
        library("xgboost")

    def _grow(self, rows: NDArray[np.float64], losses: NDArray[np.float64], seed: int) -> Model:
        xgboost = library("xgboost")
        settings = {
            "objective": "reg:squarederror",
            "eta": self._rate,
            "tree_method": "hist",
            "grow_policy": "lossguide",
            "max_leaves": self._leaves,
            "max_depth": 0,
            "subsample": ROWS,
            "colsample_bynode": COLUMNS,
            "seed": seed,
            "nthread": 1,
            "verbosity": 0,
        }
        booster = xgboost.train(settings, xgboost.DMatrix(rows, losses, nthread=1), self._trees)
        return lambda queries: np.asarray(booster.predict(xgboost.DMatrix(queries, nthread=1)), dtype=float)
