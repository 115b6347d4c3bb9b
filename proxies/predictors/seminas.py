"""A predictor that learns from architectures of unknown loss too (Luo et al., SemiNAS, NeurIPS 2020)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.core import Benchmark
from harness.live.reproducible import reproducible
from proxies.predictors._learner import Learner, Scale, at_least, scale_of
from proxies.predictors._torch_training import BATCH, PRECISION, Ensemble, Weights, batches, layers_of, through

PREDICTION = 0.8
"""The weight of the prediction's error, the paper's lambda; the reconstruction's is what is left of 1."""

RATE = 0.01
"""The learning rate at first."""

CHUNK = 4096
"""So many architectures are predicted at once, to save memory."""


class Seminas(Learner):
    """Mean and standard deviation over networks that differ in their initial weights.

    An encoder brings the decisions to a vector, from which a predictor tells the loss and a decoder the decisions.
    They learn in `steps` batches of 32 labelled architectures; then each network predicts the losses of `unlabelled`
    ones drawn from the space, and goes on with `steps` batches of both (Algorithm 1). Half of each batch is labelled:
    few are up-sampled until they count as much as the many. It works on every space.

    What differs from the paper: encoder and decoder have one hidden layer of `width` each instead of an LSTM, as the
    number of decisions is fixed; losses are standardised, where accuracies were brought to 0 to 1; the two steps
    are taken once; and `networks` are trained, each on predictions of its own.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        train: int = 100,
        networks: int = 4,
        width: int = 64,
        steps: int = 200,
        unlabelled: int = 1000,
    ) -> None:
        super().__init__(benchmark, train, "one_hot", seed)
        self._space, self._seed = benchmark.space, seed
        self._count, self._width = at_least("networks", networks, 2), at_least("width", width, 2)
        self._steps, self._unlabelled = at_least("steps", steps, 1), at_least("unlabelled", unlabelled, 0)
        self._scale: Scale
        self._weights: Weights

    def _learn(self, rows: NDArray[np.float64], losses: NDArray[np.float64]) -> None:
        self._scale = scale_of(losses)
        scaled = torch.from_numpy(self._scale.standardised(losses))
        ensemble = Ensemble(self._shapes(), self._count, self._seed)
        known = Labelled(torch.from_numpy(rows), scaled.expand(self._count, -1))
        with reproducible():
            self._minimise(ensemble, [known])
            if self._unlabelled:
                self._minimise(ensemble, [known, self._labelled_by(ensemble.weights)])
        self._weights = ensemble.weights

    def _believe(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        with reproducible(), torch.no_grad():
            parts = torch.split(torch.from_numpy(rows), CHUNK)
            scaled = torch.cat([predicted(self._weights, encoded(self._weights, part)) for part in parts], 1).numpy()
        return self._scale.restored(scaled.mean(0), scaled.std(0, ddof=1))

    def _shapes(self) -> dict[str, tuple[int, int]]:
        columns, hidden, vector = sum(self._space.choices), self._width, self._width // 2
        encoder, decoder = layers_of("encoder", columns, hidden, vector), layers_of("decoder", vector, hidden, columns)
        return encoder | layers_of("predictor", vector, hidden, 1) | decoder

    def _minimise(self, ensemble: Ensemble, parts: Sequence["Labelled"]) -> None:
        """Learn in batches that hold as many rows of each part."""
        drawn = [batches(len(part.rows), BATCH // len(parts), ensemble.generator) for part in parts]

        def loss(weights: Weights) -> Tensor:
            errors = [self._error(weights, part.some(next(d))) for part, d in zip(parts, drawn, strict=True)]
            return torch.stack(errors).mean()

        ensemble.minimise(loss, self._steps, RATE)

    def _error(self, weights: Weights, part: "Labelled") -> Tensor:
        """L = lambda L_p + (1 - lambda) L_rec (section 3.2): squared error, and cross-entropy over the decisions."""
        vectors = encoded(weights, part.rows)
        prediction = (predicted(weights, vectors) - part.losses).square().mean(1).sum()
        logits = torch.split(through(weights, "decoder", vectors), list(self._space.choices), -1)
        log_likelihood = torch.cat([logit.log_softmax(-1) for logit in logits], -1) * part.rows
        reconstruction = -log_likelihood.sum(-1).mean(1).sum() / len(self._space.choices)
        return PREDICTION * prediction + (1 - PREDICTION) * reconstruction

    def _labelled_by(self, weights: Weights) -> "Labelled":
        """Architectures drawn from the space, with the losses that each network predicts."""
        rng = np.random.default_rng(self._seed)
        rows = torch.from_numpy(self._encode([self._space.sample(rng) for _ in range(self._unlabelled)]))
        with torch.no_grad():
            return Labelled(rows, predicted(weights, encoded(weights, rows)))


class Labelled(NamedTuple):
    """Rows (architectures, columns), and the standardised loss that each network learns (networks, architectures)."""

    rows: Tensor
    losses: Tensor

    def some(self, places: Tensor) -> "Labelled":
        """Those in these places."""
        return Labelled(self.rows[places], self.losses[:, places])


def encoded(weights: Weights, rows: Tensor) -> Tensor:
    """The vector of each architecture in each network, shape (networks, architectures, length)."""
    count = len(weights["encoder0"])
    return torch.relu(through(weights, "encoder", rows.to(PRECISION).expand(count, *rows.shape)))


def predicted(weights: Weights, vectors: Tensor) -> Tensor:
    """The standardised losses, shape (networks, architectures)."""
    return through(weights, "predictor", vectors)[..., 0]
