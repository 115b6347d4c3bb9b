"""Support vector regression on the beginning of learning curves (Baker et al., ICLR workshops 2018, section 3)."""

from collections.abc import Sequence

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import NuSVR

from harness.algorithms._hyper import positive, whole
from harness.core import Arch, Benchmark, Proxy, TabularBenchmark
from harness.errors import BadValue
from proxies.low_fidelity._curves import Choice, Floats, curves_of
from proxies.predictors._features import Features
from proxies.predictors._learner import Scale, scale_of


class LcSvr(Proxy):
    """Minus the loss that a nu-SVR with a Gaussian kernel predicts from values, first and second differences.

    It asks for `train` architectures of known final loss and reads their first `epochs` itself, without paying again
    where they come from the table that is judged. `encoding` adds what the architecture is, as the paper does: an
    encoding, a proxy that scores without learning, or several joined by "+". Features and losses are scaled to mean 0
    and deviation 1; the paper tunes `nu`, `penalty` (C) and the kernel's width by cross-validation, here they are
    fixed, the width at 1 / the number of features. It is never scored in chunks, which would all learn anew. The other
    options are those of `last_value`.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        train: int = 100,
        epochs: int | None = None,
        encoding: str | None = None,
        nu: float = 0.5,
        penalty: float = 1.0,
        metric: str = "valid_accuracy",
        trial: int | str | None = None,
        source: str | None = None,
    ) -> None:
        self.train = whole("train", train, 2)
        self._curves = curves_of(benchmark, metric, Choice(seed, epochs, trial, source))
        self._features = None if encoding is None else Features(benchmark, encoding, seed)
        svr = NuSVR(nu=positive("nu", nu, 1), C=positive("penalty", penalty))
        svr.random_state = 0  # a regression draws nothing, but would take this seed from NumPy's global state
        self._svr = make_pipeline(StandardScaler(), svr)
        self._paid = source is None and isinstance(benchmark, TabularBenchmark)
        self._scale: Scale | None = None
        self.fingerprint = self._curves.fingerprint + (self._features.fingerprint if self._features else "")

    def fit(self, archs: Sequence[Arch], losses: Floats) -> None:
        """Learn from losses at the full fidelity, shape (architectures,).

        What failed, or has gaps in its curve, is left out; a `BadValue` when less than two are left.
        """
        losses, before = np.asarray(losses, dtype=float), self._curves.spent
        if losses.shape != (len(archs),):
            raise BadValue(f"losses of shape {losses.shape} for {len(archs)} architectures: give one loss for each")
        if self._features:
            self._features.learn(archs)
        rows = self._rows(archs)
        if self._paid:
            self._curves.spent = before
        known = np.isfinite(losses) & np.isfinite(rows).all(axis=1)
        if known.sum() < 2:
            raise BadValue(f"lc_svr got {known.sum()} finite losses and curves of {len(losses)}: give at least 2")
        self._scale = scale_of(losses[known])
        self._svr.fit(rows[known], (losses[known] - self._scale.center) / self._scale.spread)
        self._add_up()

    def score(self, archs: Sequence[Arch]) -> Floats:
        """Minus the predicted loss, shape (architectures,); NaN where the curve has gaps."""
        if self._scale is None:
            raise BadValue(f"lc_svr has learned nothing yet: give fit() some {self.train} architectures first")
        rows = self._rows(archs)
        self._add_up()
        scores, known = np.full(len(archs), np.nan), np.isfinite(rows).all(axis=1)
        if known.any():
            scores[known] = -self._scale.center - self._scale.spread * self._svr.predict(rows[known])
        return scores

    def _rows(self, archs: Sequence[Arch]) -> Floats:
        """Values, their first and second differences, and the encoding, side by side."""
        curves = self._curves.rows(archs)
        parts = [curves, np.diff(curves, axis=1), np.diff(curves, n=2, axis=1)]
        return np.concatenate([*parts, *([self._features.rows(archs)] if self._features else [])], axis=1)

    def _add_up(self) -> None:
        self.spent = self._curves.spent + (self._features.spent if self._features else 0.0)
