"""A Gaussian process on the encoded architecture (Rasmussen & Williams, 2006; for cells: Ru et al., ICLR 2021)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.special import ndtr

from harness.core import Benchmark
from harness.errors import BadValue
from proxies.predictors._learner import Learner, Scale, scale_of

KERNELS = ("matern", "linear")
LENGTHSCALES = (1.0, 0.25, 0.5, 2.0, 4.0)
"""In units of the root of the mean squared distance between the rows learned from."""

NOISES = (1e-2, 1e-3, 3e-2, 0.1, 0.3, 1.0)
"""Variance of the noise in units of the signal's."""


class GaussianProcess(Learner):
    """The posterior of a Gaussian process of constant mean; `kernel` is `matern` (5/2) or `linear`.

    Rows are brought to length 1, so that the linear kernel on the encoding `wl` is the normalised Weisfeiler-Lehman
    kernel; of an encoding of several parts each has the same length, and scores are points on a quarter of a circle.
    Length-scale, noise and signal maximise the marginal likelihood: the signal's variance in closed form, the
    length-scale over a small grid at the first noise, then the noise. The deviation is that of the noiseless loss.
    """

    def __init__(
        self, benchmark: Benchmark, *, seed: int, train: int = 100, kernel: str = "matern", encoding: str = "one_hot"
    ) -> None:
        super().__init__(benchmark, train, encoding, seed)
        if kernel not in KERNELS:
            raise BadValue(f"kernel = {kernel!r} cannot be used: give one of {', '.join(KERNELS)}")
        self._linear = kernel == "linear"
        self._scale: Scale
        self._rows: NDArray[np.float64]
        self._unit: float
        self._chosen: Fitted

    def _learn(self, rows: NDArray[np.float64], losses: NDArray[np.float64]) -> None:
        self._rows, self._scale = self._unit_rows(rows), scale_of(losses)
        y = (losses - self._scale.center) / self._scale.spread
        squared = squared_distances(self._rows, self._rows)
        self._unit = float(np.sqrt(squared.mean() * len(y) / (len(y) - 1))) or 1.0
        scales = LENGTHSCALES[:1] if self._linear else LENGTHSCALES
        fits = [fit_with(self._kernel(squared, scale), y, scale, NOISES[0]) for scale in scales]
        scale = max(fits, key=lambda fit: fit.evidence).lengthscale
        kernel = self._kernel(squared, scale)
        fits = [fit_with(kernel, y, scale, noise) for noise in NOISES]
        self._chosen = max(fits, key=lambda fit: fit.evidence)

    def _believe(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rows, chosen = self._unit_rows(rows), self._chosen
        cross = self._kernel(squared_distances(self._rows, rows), chosen.lengthscale)
        mean = cross.T @ chosen.weights  # equation 2.25
        explained = solve_triangular(chosen.cholesky, cross, lower=True)
        variance = chosen.signal * np.maximum(1 - (explained**2).sum(0), 0.0)  # equation 2.26
        return self._scale.center + self._scale.spread * mean, self._scale.spread * np.sqrt(variance)

    def _unit_rows(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Every part of the encoding brought to the same length, all together to length 1."""
        parts = [scored_rows(rows[:, at]) if scored else unit_rows(rows[:, at]) for at, scored in self._parts]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1) / np.sqrt(len(parts))

    def _kernel(self, squared: NDArray[np.float64], lengthscale: float) -> NDArray[np.float64]:
        """Between rows at these squared distances; x.x' = 1 - |x - x'|^2 / 2 where both have length 1."""
        if self._linear:
            return 1 - squared / 2
        distance = np.sqrt(5 * squared) / (lengthscale * self._unit)
        return (1 + distance + distance**2 / 3) * np.exp(-distance)  # equation 4.17


class Fitted(NamedTuple):
    """A choice of hyperparameters, its log marginal likelihood, and what predictions need."""

    evidence: float
    lengthscale: float
    signal: float
    cholesky: NDArray[np.float64]
    weights: NDArray[np.float64]


def fit_with(kernel: NDArray[np.float64], y: NDArray[np.float64], lengthscale: float, noise: float) -> Fitted:
    """Algorithm 2.1 with the signal's variance that maximises the marginal likelihood, equation 2.30."""
    n = len(y)
    lower = cholesky(kernel + noise * np.eye(n), lower=True)
    weights = cho_solve((lower, True), y)
    signal = max(float(y @ weights) / n, 1e-12)
    evidence = -n / 2 * (np.log(2 * np.pi * signal) + 1) - np.log(np.diag(lower)).sum()
    return Fitted(float(evidence), lengthscale, signal, lower, weights)


def unit_rows(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each row divided by its length, and one column more: 1 for a row of zeros, which has no length."""
    length = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return np.concatenate([rows / np.where(length > 0, length, 1.0), length == 0], axis=1)


def scored_rows(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of length 1 from normal scores: a quarter of a circle from the lowest to the highest, and off it the rest.

    The second column, 1 where there is no score, is at a right angle to the circle.
    """
    angle, there = np.pi / 2 * ndtr(rows[:, 0]), 1 - rows[:, 1]
    return np.stack([there * np.cos(angle), there * np.sin(angle), rows[:, 1]], axis=1)


def squared_distances(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Between rows of length 1, shape (rows of one, rows of other)."""
    return np.maximum(2 - 2 * one @ other.T, 0.0)
