"""LightGBM on the encoded architecture (Ke et al., NIPS 2017; as a predictor: White et al., NeurIPS 2021)."""

import numpy as np
from numpy.typing import NDArray

from proxies.predictors._boosted import COLUMNS, ROWS, Boosted, Model
from proxies.predictors._library import library

NEEDS = ("lightgbm",)
SMALL = {"min_data_in_bin": 1, "feature_pre_filter": False, "verbosity": -1}
"""A few rows are all that there is: no value is too rare to be split at."""


class Lightgbm(Boosted):
    """`lightgbm.train` of the extra `predictors`; the options and the deviation are those of `Boosted`.

    Leaves may hold two rows, where the library's default of twenty learns nothing from few.
    """

    def _prepare(self) -> None:
        library("lightgbm")

    def _grow(self, rows: NDArray[np.float64], losses: NDArray[np.float64], seed: int) -> Model:
        lightgbm = library("lightgbm")
        settings = SMALL | {
            "objective": "regression",
            "learning_rate": self._rate,
            "num_leaves": self._leaves,
            "min_data_in_leaf": 2,
            "bagging_fraction": ROWS,
            "bagging_freq": 1,
            "feature_fraction_bynode": COLUMNS,
            "seed": seed,
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": 1,
        }
        booster = lightgbm.train(settings, lightgbm.Dataset(rows, losses, params=SMALL), self._trees)
        return lambda queries: np.asarray(booster.predict(queries, num_threads=1), dtype=float)
