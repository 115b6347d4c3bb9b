"""Operations as gates of the information that flows through a cell (Ning et al., GATES, ECCV 2020, section 3.2)."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.core import Benchmark
from harness.encodings.graph import layout_of, unpack
from proxies.predictors._graphs import Model, Training, answers, learn
from proxies.predictors._learner import Learner, Scale, at_least, scale_of
from proxies.predictors._torch_training import Weights, layers_of, through

MARGIN = 0.1
"""By so much the score of the better of two architectures has to be ahead."""


class Gates(Learner):
    """Mean and standard deviation over flow encoders that differ in their initial weights.

    An embedding of length `width` enters the cell at its input. Each node multiplies the sum of what arrives by a
    matrix, and by a gate that its operation opens; what leaves the output goes through one hidden layer and becomes a
    score. Scores learn to rank: the hinge loss of all pairs in each of `steps` batches of 32. Then a line through the
    losses learned from brings each network's scores to their scale; it never turns them over.

    What differs from the paper: the nodes are computed once, in their order, instead of in a stack of layers that each
    take one step at every node; an operation is embedded as its gate before the sigmoid; fewer steps are taken at a
    higher rate, without dropout, by `networks` of them. A `BadValue` on spaces without graphs.
    """

    def __init__(
        self, benchmark: Benchmark, *, seed: int, train: int = 100, networks: int = 4, width: int = 32, steps: int = 250
    ) -> None:
        super().__init__(benchmark, train, "graph", seed)
        self._layout, width = layout_of(benchmark.space), at_least("width", width, 1)
        self._training = Training(at_least("networks", networks, 2), at_least("steps", steps, 1), seed)
        shapes = {"input": (1, width), "gate": (self._layout.labels, width), "flow": (width, width)}
        self._model = Model(shapes | layers_of("head", width, 2 * width, 1), outputs, hinge)
        self._scale: Scale
        self._weights: Weights
        self._lines: Lines

    def _learn(self, rows: NDArray[np.float64], losses: NDArray[np.float64]) -> None:
        self._scale, graphs = scale_of(losses), unpack(rows, self._layout)
        targets = self._scale.standardised(losses)
        self._weights = learn(self._model, graphs, targets, self._training)
        self._lines = lines_through(answers(self._model, self._weights, graphs), targets)

    def _believe(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        scaled = self._lines.losses(answers(self._model, self._weights, unpack(rows, self._layout)))
        return self._scale.restored(scaled.mean(0), scaled.std(0, ddof=1))


def outputs(weights: Weights, adjacency: Tensor, labels: Tensor) -> Tensor:
    """The score of each graph by each network, shape (networks, graphs)."""
    return through(weights, "head", flow(weights, adjacency, labels))[..., 0]


def flow(weights: Weights, adjacency: Tensor, labels: Tensor) -> Tensor:
    """What leaves the output node, shape (networks, graphs, width): N_out = sigmoid(EMB(o) W_o) * (N_in W_x) at each.

    `N_in` is the sum over the nodes that lead there. Where nothing does, nothing leaves.
    """
    gates = torch.einsum("gvl,nlw->nvgw", labels, torch.sigmoid(weights["gate"]))
    entering = weights["input"].expand(-1, len(labels), -1)
    left = [entering]
    for node in range(1, labels.shape[1]):
        arriving = torch.einsum("gu,nugw->ngw", adjacency[:, :node, node], torch.stack(left, 1))
        left.append(gates[:, node] * (arriving @ weights["flow"]))
    return left[-1]


def hinge(scores: Tensor, losses: Tensor) -> Tensor:
    """max(0, m - (P(a) - P(b))), the mean over the pairs in which a has the lower loss, summed over networks."""
    pairs = (losses[:, None] < losses).to(scores)
    behind = torch.relu(MARGIN - (scores[:, :, None] - scores[:, None, :]))
    return (behind * pairs).sum() / pairs.sum().clamp(min=1)


class Lines(NamedTuple):
    """For each network the mean score and the slope of standardised losses, shape (networks, 1) each."""

    score: NDArray[np.float64]
    slope: NDArray[np.float64]

    def losses(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The standardised losses that these scores stand for, shape (networks, architectures)."""
        return self.slope * (scores - self.score)


def lines_through(scores: NDArray[np.float64], losses: NDArray[np.float64]) -> Lines:
    """Least squares of losses, whose mean is 0, on the scores of each network; no slope is above 0."""
    center = scores.mean(1, keepdims=True)
    spread, shared = ((scores - center) ** 2).sum(1), (scores - center) @ losses
    slope = np.divide(shared, spread, out=np.zeros_like(shared), where=spread > 0)
    return Lines(center, np.minimum(slope, 0.0)[:, None])
