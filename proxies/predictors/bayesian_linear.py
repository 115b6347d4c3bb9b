"""Bayesian linear regression on a learned basis (Snoek et al., DNGO, ICML 2015, section 3)."""

import numpy as np
from numpy.typing import NDArray

from harness.core import Benchmark
from proxies.predictors._learner import Learner, Scale, at_least, scale_of
from proxies.predictors._networks import Networks
from proxies.predictors.mlp_ensemble import varying

ROUNDS = 20
MOST_PRECISE = 1e4
"""The noise is at least a hundredth of the spread of the losses."""


class BayesianLinear(Learner):
    """A network of `layers` hidden layers of `width` tanh units; the last one is the basis of a linear regression.

    The network learns the squared error of standardised losses for `epochs` steps of Adam on all rows, then its output
    layer is replaced. What differs from the paper: the precisions of weights and noise maximise the evidence instead of
    being sampled, and the prior mean is constant, since a quadratic one means nothing for operations.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        train: int = 100,
        layers: int = 3,
        width: int = 50,
        epochs: int = 100,
        encoding: str = "one_hot",
    ) -> None:
        super().__init__(benchmark, train, encoding, seed)
        self._seed, self._epochs = seed, at_least("epochs", epochs, 1)
        self._widths = (at_least("width", width, 1),) * at_least("layers", layers, 1)
        self._scale: Scale
        self._columns: NDArray[np.bool_]
        self._networks: Networks
        self._posterior: Posterior

    def _learn(self, rows: NDArray[np.float64], losses: NDArray[np.float64]) -> None:
        self._scale, self._columns = scale_of(losses), varying(rows)
        rng = np.random.default_rng(self._seed)
        self._networks = Networks(int(self._columns.sum()), self._widths, 1, "tanh", rng)
        scaled = (losses - self._scale.center) / self._scale.spread
        self._networks.train(rows[:, self._columns], scaled, self._epochs, absolute=False)
        self._posterior = Posterior(self._basis(rows), scaled)

    def _believe(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        mean, std = self._posterior.predict(self._basis(rows))
        return self._scale.center + self._scale.spread * mean, self._scale.spread * std

    def _basis(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The last hidden layer and a constant, shape (rows, width + 1)."""
        basis = self._networks.basis(rows[:, self._columns])[0]
        return np.concatenate([basis, np.ones((len(rows), 1))], axis=1)


class Posterior:
    """Weights of a linear regression, with the precisions alpha (weights) and beta (noise) of the greatest evidence.

    Both follow from each other and are found by repetition (Bishop, 2006, section 3.5.2).
    """

    def __init__(self, basis: NDArray[np.float64], losses: NDArray[np.float64]) -> None:
        values, self._directions = np.linalg.eigh(basis.T @ basis)
        values = np.maximum(values, 0.0)
        projected = self._directions.T @ (basis.T @ losses)
        self.alpha, self.beta = 1.0, 100.0
        for _ in range(ROUNDS):
            weights = self.beta * projected / (self.alpha + self.beta * values)  # equation 3.53
            effective = float((self.beta * values / (self.alpha + self.beta * values)).sum())  # equation 3.91
            residual = float(((losses - basis @ (self._directions @ weights)) ** 2).sum())
            self.alpha = effective / max(float(weights @ weights), 1e-12)  # equation 3.92
            self.beta = min((len(losses) - effective) / max(residual, 1e-12), MOST_PRECISE)  # equation 3.95
        self._variances = 1 / (self.alpha + self.beta * values)
        self._weights = self.beta * projected * self._variances

    def predict(self, basis: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and deviation, the noise's included, of each row (equations 3.58 and 3.59)."""
        rotated = basis @ self._directions
        return rotated @ self._weights, np.sqrt(rotated**2 @ self._variances + 1 / self.beta)
