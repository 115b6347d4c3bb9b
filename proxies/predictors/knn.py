"""The nearest neighbours of the encoded architecture (Cover & Hart, 1967), weighed by distance (Shepard, 1968)."""

import numpy as np
from numpy.typing import NDArray

from harness.core import Benchmark
from proxies.predictors._learner import Learner, Scale, at_least, scale_of

AT_ONCE = 1024
"""So many architectures are compared at a time with those learned from."""


class Knn(Learner):
    """The mean loss of the `neighbors` nearest rows, each weighed by one over its squared Euclidean distance.

    All that are as near as the last of them count too, since cells often differ in equally many operations; where rows
    are the same, they alone decide. The deviation is the root mean square of all the neighbours' distances in loss from
    that mean, weighed equally, and at least a hundredth of the spread of all losses. Nothing is drawn: the seed is for
    proxies in the encoding. `train` and `encoding` are those of every `Learner`.
    """

    def __init__(
        self, benchmark: Benchmark, *, seed: int, train: int = 100, neighbors: int = 10, encoding: str = "one_hot"
    ) -> None:
        super().__init__(benchmark, train, encoding, seed)
        self._neighbors = at_least("neighbors", neighbors, 1)
        self._scale: Scale
        self._rows: NDArray[np.float64]
        self._losses: NDArray[np.float64]

    def _learn(self, rows: NDArray[np.float64], losses: NDArray[np.float64]) -> None:
        self._rows, self._scale = rows, scale_of(losses)
        self._losses = self._scale.standardised(losses)

    def _believe(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        beliefs = [self._mean_and_deviation(rows[i : i + AT_ONCE]) for i in range(0, len(rows), AT_ONCE)]
        mean, std = (np.concatenate(values) for values in zip(*beliefs, strict=True))
        return self._scale.restored(mean, std)

    def _mean_and_deviation(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        squared = squared_distances(rows, self._rows)
        last = min(self._neighbors, len(self._rows)) - 1
        near = squared <= np.partition(squared, last, axis=1)[:, [last]]
        same = squared == 0
        weights = np.where(same.any(1, keepdims=True), same, near / np.where(same, 1.0, squared))
        mean = (weights @ self._losses) / weights.sum(1)
        gaps = near * (self._losses - mean[:, None]) ** 2
        return mean, np.sqrt(gaps.sum(1) / near.sum(1))


def squared_distances(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Between rows, shape (rows of one, rows of other); rounded, so that equal distances are equal."""
    lengths = np.einsum("ij,ij->i", one, one)[:, None] + np.einsum("ij,ij->i", other, other)
    squared: NDArray[np.float64] = np.round(np.maximum(lengths - 2 * one @ other.T, 0.0), 9)
    return squared
