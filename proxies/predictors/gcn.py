"""A graph convolutional network on cells (Kipf & Welling, ICLR 2017; for cells: Wen et al., ECCV 2020, section 3.2)."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.core import Benchmark
from harness.encodings.graph import layout_of, unpack
from proxies.predictors._graphs import Model, Training, answers, learn
from proxies.predictors._learner import Learner, Scale, at_least, scale_of
from proxies.predictors._torch_training import Weights, layers_of, through


class Gcn(Learner):
    """Mean and standard deviation over graph convolutional networks that differ in their initial weights.

    Nodes begin as their labels; in each of `layers` convolutions information flows along the edges and against them.
    The mean over the nodes goes through one hidden layer. The squared error of standardised losses is learned by Adam
    in `steps` batches of 32. Three convolutions are the paper's. What differs is for few rows and little time: a
    `width` of 32 instead of 144, a hidden layer of twice that, fewer steps at a higher rate, no dropout, `networks`
    of them, and no first stage that sorts out the worst architectures. A `BadValue` on spaces without graphs.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        train: int = 100,
        networks: int = 4,
        layers: int = 3,
        width: int = 32,
        steps: int = 250,
    ) -> None:
        super().__init__(benchmark, train, "graph", seed)
        self._layout = layout_of(benchmark.space)
        self._training = Training(at_least("networks", networks, 2), at_least("steps", steps, 1), seed)
        self._layers, self._width = at_least("layers", layers, 1), at_least("width", width, 1)
        self._model = Model(self._shapes(), outputs, squared_error)
        self._scale: Scale
        self._weights: Weights

    def _shapes(self) -> dict[str, tuple[int, int]]:
        """The matrices of both ways in each convolution, and those of the head."""
        shapes: dict[str, tuple[int, int]] = {}
        inputs = self._layout.labels
        for layer in range(self._layers):
            shapes |= dict.fromkeys((f"along{layer}", f"against{layer}"), (inputs, self._width))
            inputs = self._width
        return shapes | layers_of("head", self._width, 2 * self._width, 1)

    def _learn(self, rows: NDArray[np.float64], losses: NDArray[np.float64]) -> None:
        self._scale = scale_of(losses)
        targets = self._scale.standardised(losses)
        self._weights = learn(self._model, unpack(rows, self._layout), targets, self._training)

    def _believe(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        scaled = answers(self._model, self._weights, unpack(rows, self._layout))
        return self._scale.restored(scaled.mean(0), scaled.std(0, ddof=1))


def outputs(weights: Weights, adjacency: Tensor, labels: Tensor) -> Tensor:
    """The predicted loss of each graph by each network, shape (networks, graphs)."""
    edges = Edges(adjacency)
    nodes, layer = labels[None], 0
    while f"along{layer}" in weights:
        nodes = edges.convolve(nodes, weights[f"along{layer}"], weights[f"against{layer}"])
        layer += 1
    mean = nodes.sum(2) / labels.sum((1, 2))[:, None]
    return through(weights, "head", mean)[..., 0]


def squared_error(predicted: Tensor, losses: Tensor) -> Tensor:
    """The mean over graphs, summed over networks."""
    return (predicted - losses).square().mean(1).sum()


class Edges:
    """How information flows between the nodes of graphs: along the edges, and against them.

    With loops (Kipf & Welling, equation 2), and each row divided by its sum: a node takes the mean over itself and its
    neighbours on one side. The symmetric normalisation would divide by degrees of both sides.
    """

    def __init__(self, adjacency: Tensor) -> None:
        loops = adjacency + torch.eye(adjacency.shape[-1], dtype=adjacency.dtype)
        self._along, self._against = (ways / ways.sum(2, keepdim=True) for ways in (loops.mT, loops))

    def convolve(self, nodes: Tensor, along: Tensor, against: Tensor) -> Tensor:
        """V' = ReLU(A V W+) / 2 + ReLU(A^T V W-) / 2 (Wen et al., equation 2); places without a node stay 0.

        `nodes` has shape (networks, graphs, nodes, inputs), or 1 for all networks; the weights (networks, inputs,
        outputs).
        """
        onward, back = through_each(self._along @ nodes, along), through_each(self._against @ nodes, against)
        return (torch.relu(onward) + torch.relu(back)) / 2


def through_each(nodes: Tensor, weights: Tensor) -> Tensor:
    """Each node times the weights of each network, shape (networks, graphs, nodes, outputs)."""
    products = torch.flatten(nodes, 1, 2) @ weights
    return products.view(len(weights), *nodes.shape[1:3], weights.shape[2])
