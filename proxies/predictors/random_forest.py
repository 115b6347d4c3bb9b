"""A random forest on the encoded architecture (Breiman, 2001; as a predictor: White et al., NeurIPS 2021)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor

from harness.core import Arch, Benchmark, Predictor
from harness.errors import BadValue

ENCODINGS = ("one_hot", "categorical")
"""One column per option, or one per decision (White et al., NeurIPS 2020)."""


class RandomForest(Predictor):
    """The mean over regression trees; isomorphic cells are encoded alike.

    `train` is how many architectures it asks to learn from. A `BadValue` when it is asked before it has learned.
    """

    def __init__(
        self, benchmark: Benchmark, *, seed: int, train: int = 100, trees: int = 100, encoding: str = "one_hot"
    ) -> None:
        for name, value, least in (("train", train, 2), ("trees", trees, 1)):
            if not isinstance(value, int) or value < least:
                raise BadValue(f"random_forest with {name} = {value!r}: give a whole number from {least} up")
        if encoding not in ENCODINGS:
            raise BadValue(f"no encoding is called {encoding!r}; give one of {', '.join(ENCODINGS)}")
        self.train = train
        self._space, self._encoding, self._learned = benchmark.space, encoding, False
        self._forest = RandomForestRegressor(trees, random_state=seed, n_jobs=1)

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Learn from finite losses, shape (architectures,); failed and missing evaluations are left out."""
        losses = np.asarray(losses, dtype=float)
        if losses.shape != (len(archs),):
            raise BadValue(f"losses of shape {losses.shape} for {len(archs)} architectures: give one loss for each")
        known = np.isfinite(losses)
        if known.sum() < 2:
            raise BadValue(f"random_forest got {known.sum()} finite losses of {len(losses)}: give at least 2")
        self._forest.fit(self._encode(archs)[known], losses[known])
        self._learned = True

    def predict(self, archs: Sequence[Arch]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation over the trees of the predicted loss, each of shape (architectures,)."""
        if not self._learned:
            raise BadValue(f"random_forest has learned nothing yet: give fit() some {self.train} architectures first")
        if not archs:
            return np.empty(0), np.empty(0)
        columns = self._encode(archs).astype(np.float32)
        losses = np.stack([tree.predict(columns, check_input=False) for tree in self._forest.estimators_])
        return losses.mean(0), losses.std(0)

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """Minus the predicted loss, shape (architectures,)."""
        return -self.predict(archs)[0]

    def _encode(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        canonical = [self._space.canonical(arch) for arch in archs]
        return self._space.one_hot(canonical) if self._encoding == "one_hot" else np.array(canonical, dtype=float)
