"""Networks on graphs: how they learn side by side, and what they answer."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.encodings.graph import Graphs
from harness.live.reproducible import reproducible
from proxies.predictors._torch_training import BATCH, PRECISION, Ensemble, Weights, batches

CHUNK = 512
"""So many architectures are answered at once: what they need then stays in the processor's cache."""

RATE = 0.01
"""The learning rate at first."""


class Model(NamedTuple):
    """A network on graphs: its matrices, what it makes of graphs, and the error that it learns from.

    `outputs` takes weights, adjacency (graphs, nodes, nodes) and labels (graphs, nodes, labels), and has shape
    (networks, graphs); `error` takes these outputs and targets (graphs,), and is summed over networks.
    """

    shapes: dict[str, tuple[int, int]]
    outputs: Callable[[Weights, Tensor, Tensor], Tensor]
    error: Callable[[Tensor, Tensor], Tensor]


class Training(NamedTuple):
    """How many networks learn in how many batches, and the seed of their weights and batches."""

    networks: int
    steps: int
    seed: int


def learn(model: Model, graphs: Graphs, targets: NDArray[np.float64], training: Training) -> Weights:
    """The weights of networks that have learned the targets of these graphs, shape (graphs,)."""
    ensemble = Ensemble(model.shapes, training.networks, training.seed)
    adjacency, labels = _tensors(graphs)
    wanted = torch.from_numpy(targets).to(PRECISION)
    drawn = batches(len(targets), BATCH, ensemble.generator)

    def loss(weights: Weights) -> Tensor:
        some = next(drawn)
        return model.error(model.outputs(weights, adjacency[some], labels[some]), wanted[some])

    with reproducible():
        ensemble.minimise(loss, training.steps, RATE)
    return ensemble.weights


def answers(model: Model, weights: Weights, graphs: Graphs) -> NDArray[np.float64]:
    """What each network answers, shape (networks, graphs)."""
    with reproducible(), torch.no_grad():
        parts = zip(*(torch.split(part, CHUNK) for part in _tensors(graphs)), strict=True)
        return torch.cat([model.outputs(weights, *part) for part in parts], dim=1).numpy()


def _tensors(graphs: Graphs) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(graphs.adjacency).to(PRECISION), torch.from_numpy(graphs.labels).to(PRECISION)
