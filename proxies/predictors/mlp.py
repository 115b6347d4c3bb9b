"""One small network on the encoded architecture (as a predictor: White et al., NeurIPS 2021)."""

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from harness.core import Benchmark
from harness.errors import BadValue
from proxies.predictors._learner import Learner, Scale, at_least, scale_of
from proxies.predictors.mlp_ensemble import varying

FOLDS = 5
DIGITS = 9
"""Losses are learned to so many digits of their spread: a network's end is no matter of their unit."""


class Mlp(Learner):
    """scikit-learn's `MLPRegressor`: `layers` hidden layers of `width` rectified units, on standardised losses.

    All rows together are learned by L-BFGS in at most `steps` steps, under a penalty of `decay` times half the squared
    weights: with so few rows that ends in a better place than Adam. A network does not know how unsure it is: the
    deviation is the same for all, the root mean square of the errors on each fifth of the rows after learning from the
    rest, and at least a hundredth of the spread of the losses. Columns that are the same in all rows learned from are
    left out. `train` and `encoding` are those of every `Learner`.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        train: int = 100,
        layers: int = 1,
        width: int = 64,
        steps: int = 50,
        decay: float = 3.0,
        encoding: str = "one_hot",
    ) -> None:
        super().__init__(benchmark, train, encoding, seed)
        self._seed, self._decay = seed, not_negative("decay", decay)
        self._widths = (at_least("width", width, 1),) * at_least("layers", layers, 1)
        self._steps = at_least("steps", steps, 1)
        self._scale: Scale
        self._columns: NDArray[np.bool_]
        self._network: MLPRegressor
        self._error: float

    def _learn(self, rows: NDArray[np.float64], losses: NDArray[np.float64]) -> None:
        self._scale, self._columns = scale_of(losses), varying(rows)
        rows = rows[:, self._columns]
        scaled = np.round(self._scale.standardised(losses), DIGITS)
        self._network = self._trained(rows, scaled)
        fold = np.random.default_rng(self._seed).permutation(len(rows)) % FOLDS
        errors = [self._errors(rows, scaled, fold == left_out) for left_out in range(min(FOLDS, len(rows)))]
        self._error = float(np.sqrt((np.concatenate(errors) ** 2).mean()))

    def _believe(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        mean = self._network.predict(rows[:, self._columns])
        return self._scale.restored(mean, np.full(len(rows), self._error))

    def _errors(
        self, rows: NDArray[np.float64], losses: NDArray[np.float64], left_out: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        network = self._trained(rows[~left_out], losses[~left_out])
        return np.asarray(network.predict(rows[left_out]) - losses[left_out])

    def _trained(self, rows: NDArray[np.float64], losses: NDArray[np.float64]) -> MLPRegressor:
        network = MLPRegressor(
            hidden_layer_sizes=self._widths,
            solver="lbfgs",
            alpha=self._decay,
            max_iter=self._steps,
            random_state=self._seed,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # as many steps as were asked for
            return network.fit(rows, losses)


def not_negative(name: str, value: float) -> float:
    """Return `value` as a float when it is a finite number of at least 0."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < np.inf:
        return float(value)
    raise BadValue(f"{name} = {value!r} cannot be used: give a number of at least 0")
