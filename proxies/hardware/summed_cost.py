"""A cost as a sum over decisions, learned from measured architectures: a lookup table that is fitted, not measured."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import RidgeCV

from harness.core import Arch, Benchmark, Proxy
from harness.errors import BadValue

PENALTIES = tuple(np.logspace(-2, 3, 11).tolist())
FEWEST = 2


class SummedCost(Proxy):
    """Minus the cost that ridge regression expects of the architecture as it is written; nothing is drawn.

    An option's part is one that it has wherever it is chosen, as every convolution of a cell takes the same time, plus
    one of its own for the decision. Predictors see isomorphic cells as one, and a device that runs dead operations does
    not. `train` is how many measured architectures it asks to learn from.
    """

    def __init__(self, benchmark: Benchmark, *, seed: int, train: int = 50) -> None:
        if not isinstance(train, int) or isinstance(train, bool) or train < FEWEST:
            raise BadValue(f"train = {train!r} of summed_cost: give a whole number of at least {FEWEST}")
        self._space, self.train = benchmark.space, train
        self._model: RidgeCV | None = None

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Learn from costs, shape (architectures,); those that are not finite are left out."""
        costs = np.asarray(losses, dtype=float)
        known = np.isfinite(costs)
        if known.sum() < FEWEST:
            raise BadValue(f"summed_cost got {known.sum()} finite costs of {len(costs)}: give at least {FEWEST}")
        found = costs[known]
        self._middle, self._spread = float(found.mean()), float(found.std()) or 1.0
        self._model = RidgeCV(PENALTIES).fit(self._rows(archs)[known], (found - self._middle) / self._spread)

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """Minus the expected costs, shape (architectures,)."""
        if self._model is None:
            raise BadValue(f"summed_cost has learned nothing yet: give fit() some {self.train} architectures first")
        if not archs:
            return np.empty(0)
        expected: NDArray[np.float64] = self._model.predict(self._rows(archs))
        return -(self._middle + self._spread * expected)

    def _rows(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """Which option each decision has, and how often each option is chosen, shape (architectures, columns)."""
        chosen = self._space.one_hot(archs)
        if len(set(self._space.choices)) > 1:
            return chosen
        counts = chosen.reshape(len(archs), len(self._space.choices), -1).sum(1)
        return np.hstack([counts, chosen])
