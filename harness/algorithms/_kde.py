"""A kernel density over architectures: the product of Aitchison-Aitken kernels, one per decision (Biometrika 1976)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch

Options = NDArray[np.int64]
"""Architectures as rows of options, shape (architectures, decisions)."""


class ChoiceDensity:
    """The mean over `points` of a kernel that gives weight 1 - bandwidth to the point's own option of each decision.

    The other options of a decision share its bandwidth. Bandwidths follow the normal reference rule,
    1.059 sigma n^(-1 / (4 + decisions)) with sigma the standard deviation of the options' numbers, as in the
    implementation that BOHB's authors use; they are at least `min_bandwidth`, and at most what makes all options
    equally likely. The rule depends on how the options are numbered.
    """

    def __init__(self, points: Options, choices: Sequence[int], min_bandwidth: float) -> None:
        n, decisions = points.shape
        self._choices = np.asarray(choices)
        self._flat = (self._choices - 1) / self._choices
        reference = 1.059 * points.std(axis=0) * n ** (-1 / (4 + decisions))
        self.bandwidths = np.minimum(np.maximum(reference, min_bandwidth), self._flat)
        self.points = points
        gains, self._least = self._log_kernels()
        self._gains = [
            gain * (np.arange(n)[:, None] == column) for gain, n, column in zip(gains, choices, points.T, strict=True)
        ]
        """For each decision what each of its options gains at each point, shape (options, points)."""

    def log_density(self, archs: Options) -> NDArray[np.float64]:
        """The logarithm of the density at each architecture."""
        exponents = np.zeros((len(archs), len(self.points)))
        for gain, options in zip(self._gains, archs.T, strict=True):
            exponents += gain[options]
        top = exponents.max(axis=1, keepdims=True)
        logarithms: NDArray[np.float64] = np.log(np.exp(exponents - top).mean(axis=1)) + top[:, 0] + self._least
        return logarithms

    def draw(self, n: int, widen: float, rng: np.random.Generator) -> Options:
        """`n` architectures of the density with its bandwidths times `widen`, as far as there is room."""
        drawn: Options = self.points[rng.integers(len(self.points), size=n)]
        changed = rng.random(drawn.shape) < np.minimum(widen * self.bandwidths, self._flat)
        shift = 1 + np.floor(rng.random(drawn.shape) * (self._choices - 1)).astype(np.int64)
        return np.where(changed, (drawn + shift) % self._choices, drawn)

    def _log_kernels(self) -> tuple[NDArray[np.float64], float]:
        """What the logarithm of the kernel gains where options agree, and its sum where none does."""
        several = self._choices > 1
        inside = np.log1p(-self.bandwidths[several])
        outside = np.log(self.bandwidths[several] / (self._choices[several] - 1))
        gains = np.zeros(len(self._choices))
        gains[several] = inside - outside
        return gains, float(outside.sum())


def options_of(archs: Sequence[Arch]) -> Options:
    """The architectures as rows."""
    return np.asarray(archs, dtype=np.int64)
