"""What predictors share: they learn finite losses from encoded architectures, and tell what they believe of others."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, Benchmark, Predictor
from harness.errors import BadValue
from proxies.predictors._features import Features, Part
from proxies.predictors._one_thread import one_thread

SUREST = 0.01
"""The least deviation that `Scale.restored` gives, in units of the spread of the losses learned from."""


class Learner(Predictor):
    """A predictor on the rows of an encoding; isomorphic cells are encoded alike.

    `train` is how many architectures it asks to learn from. `encoding` is the name of an encoding, or of a proxy that
    scores without learning, or several joined by +; `Features` says how scores are scaled. Such proxies get the `seed`,
    and what they spend is spent by the predictor. A `BadValue` when it is asked before it has learned.
    """

    def __init__(self, benchmark: Benchmark, train: int, encoding: str, seed: int = 0) -> None:
        self.train = at_least("train", train, 2)
        self._features, self._learned = Features(benchmark, encoding, seed), False
        self.fingerprint = self._features.fingerprint

    @abstractmethod
    def _learn(self, rows: NDArray[np.float64], losses: NDArray[np.float64]) -> None:
        """Learn from rows, shape (architectures, columns), and their finite losses."""

    @abstractmethod
    def _believe(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of the loss for each row."""

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Learn from finite losses, shape (architectures,); failed and missing evaluations are left out."""
        losses = np.asarray(losses, dtype=float)
        if losses.shape != (len(archs),):
            raise BadValue(f"losses of shape {losses.shape} for {len(archs)} architectures: give one loss for each")
        known = np.isfinite(losses)
        if known.sum() < 2:
            raise BadValue(f"a predictor got {known.sum()} finite losses of {len(losses)}: give at least 2")
        kept = [arch for arch, is_known in zip(archs, known.tolist(), strict=True) if is_known]
        with one_thread():
            self._features.learn(kept)
            self._learn(self._encode(kept), losses[known])
        self._learned, self.spent = True, self._features.spent

    def predict(self, archs: Sequence[Arch]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of the predicted loss, each of shape (architectures,)."""
        if not self._learned:
            raise BadValue(f"this predictor has learned nothing yet: give fit() some {self.train} architectures first")
        if not archs:
            return np.empty(0), np.empty(0)
        with one_thread():
            rows, places = self._features.distinct(archs)
            mean, std = self._believe(rows)
        self.spent = self._features.spent
        return mean[places], std[places]

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """Minus the predicted loss, shape (architectures,)."""
        return -self.predict(archs)[0]

    def _encode(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        return self._features.rows(archs)

    @property
    def _parts(self) -> list[Part]:
        """Which columns of the rows belong together, and whether they are scores."""
        return self._features.parts


class Scale(NamedTuple):
    """Where losses lie and how far they spread, so that a model sees mean 0 and deviation 1."""

    center: float
    spread: float

    def standardised(self, losses: NDArray[np.float64]) -> NDArray[np.float64]:
        """The losses as the model sees them."""
        return (losses - self.center) / self.spread

    def restored(
        self, mean: NDArray[np.float64], std: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and deviation of losses from what the model says; no deviation is below a hundredth of the spread."""
        return self.center + self.spread * mean, self.spread * np.maximum(std, SUREST)


def scale_of(losses: NDArray[np.float64]) -> Scale:
    """Their mean and standard deviation, or 1 where all are equal."""
    return Scale(float(losses.mean()), float(losses.std()) or 1.0)


def at_least(name: str, value: int, low: int) -> int:
    """Return `value` when it is a whole number of at least `low`."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= low:
        return value
    raise BadValue(f"{name} = {value!r} cannot be used: give a whole number from {low} up")


def share(name: str, value: float) -> float:
    """Return `value` as a float when it is a number above 0 and at most 1."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
        return float(value)
    raise BadValue(f"{name} = {value!r} cannot be used: give a number above 0 and at most 1")
