"""The scores of a proxy as columns that a predictor can learn from, whatever their unit, spread and gaps."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from harness.core import Arch, Proxy
from harness.errors import BadValue

MOST = 1e300
"""Infinite scores count as this large: so the differences between scores stay finite, or nearly."""


class Scores:
    """Two columns: the normal score of the proxy's score, and 1 where the proxy is undefined, whose normal score is 0.

    The normal score is the normal quantile of (rank - 1/2) / n among the n defined scores learned from, linear between
    neighbouring scores and constant beyond the last: scores may span decades, and no unit or outlier matters. 0 is
    their middle. Equal scores have the mean of their ranks. Each canonical architecture is scored once.
    """

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._known: dict[Arch, float] = {}
        self._scores, self._normal = np.zeros(1), np.zeros(1)

    @property
    def spent(self) -> float:
        """Seconds of training that the scores were read from so far."""
        return self._proxy.spent

    @property
    def fingerprint(self) -> str:
        """What the proxy reads."""
        return self._proxy.fingerprint

    def learn(self, archs: Sequence[Arch]) -> None:
        """Scale by the scores of these architectures from now on."""
        scores = self._lookup(archs)
        scores = scores[~np.isnan(scores)]
        if scores.size:
            self._scores, self._normal = normal_scores(scores)
        else:
            self._scores, self._normal = np.zeros(1), np.zeros(1)

    def rows(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """Shape (architectures, 2)."""
        scores = self._lookup(archs)
        undefined = np.isnan(scores)
        normal = np.interp(np.where(undefined, 0.0, scores), self._scores, self._normal)
        return np.stack([np.where(undefined, 0.0, normal), undefined], axis=1)

    def _lookup(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        missing = list(dict.fromkeys(arch for arch in archs if arch not in self._known))
        if missing:
            scores = np.asarray(self._proxy.score(missing), dtype=float)
            if scores.shape != (len(missing),):
                raise BadValue(f"a proxy gave scores of shape {scores.shape} for {len(missing)} architectures")
            self._known.update(zip(missing, np.clip(scores, -MOST, MOST).tolist(), strict=True))
        return np.array([self._known[arch] for arch in archs], dtype=float)


def normal_scores(scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The different scores in order, and the normal score of each."""
    different, counts = np.unique(scores, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return different, ndtri((ranks - 0.5) / len(scores))
