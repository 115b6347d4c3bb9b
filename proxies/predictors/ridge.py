"""Ridge regression on the encoded architecture (Hoerl & Kennard, 1970)."""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV

from harness.core import Benchmark
from proxies.predictors._learner import Learner, Scale, scale_of

PENALTIES = tuple(np.logspace(-2, 3, 11).tolist())


class Ridge(Learner):
    """A linear function of the columns; its penalty has the least leave-one-out error among a hundredth to a thousand.

    The deviation is that of a new loss, noise included, under the prior that the penalty means: the residuals' variance
    by the degrees of freedom left, times one and what is unknown of the mean and of the weights (Rasmussen & Williams,
    2006, equation 2.9). It is at least a hundredth of the spread of the losses. Nothing is drawn: the seed is for
    proxies in the encoding. `train` and `encoding` are those of every `Learner`.
    """

    def __init__(self, benchmark: Benchmark, *, seed: int, train: int = 100, encoding: str = "one_hot") -> None:
        super().__init__(benchmark, train, encoding, seed)
        self._scale: Scale
        self._model: RidgeCV
        self._middle: NDArray[np.float64]
        self._inverse: NDArray[np.float64]
        self._noise: float

    def _learn(self, rows: NDArray[np.float64], losses: NDArray[np.float64]) -> None:
        self._scale, self._middle = scale_of(losses), rows.mean(0)
        scaled, centred = self._scale.standardised(losses), rows - self._middle
        self._model = RidgeCV(PENALTIES).fit(rows, scaled)
        covariance = centred.T @ centred
        self._inverse = np.linalg.inv(covariance + self._model.alpha_ * np.eye(rows.shape[1]))
        left = len(losses) - 1 - float(np.einsum("ij,ji->", self._inverse, covariance))
        self._noise = float(((scaled - self._model.predict(rows)) ** 2).sum()) / left
        self._unknown = 1 + 1 / len(losses)

    def _believe(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        centred = rows - self._middle
        unknown = self._unknown + np.einsum("ij,jk,ik->i", centred, self._inverse, centred)
        return self._scale.restored(self._model.predict(rows), np.sqrt(self._noise * unknown))
