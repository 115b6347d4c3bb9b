"""A variational autoencoder of graphs (Kipf & Welling, 2016), as arch2vec builds it (Yan et al., NeurIPS 2020)."""

from collections.abc import Mapping
from math import sqrt

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from harness.encodings.graph import Graphs
from harness.live.reproducible import reproducible

Weights = Mapping[str, Tensor]

LATENT, WIDTH, LAYERS = 16, 32, 2
STEPS, BATCH, RATE, SEED = 400, 32, 0.01, 0

EPSILON = 2.0
"""How much more than a neighbour a node counts for itself, at first: from 0 the labels of nodes are learned slowly."""

DIVERGENCE = 0.05
"""The weight of the divergence from the prior beside the error of reconstruction."""


def train(graphs: Graphs) -> Weights:
    """The weights of an autoencoder that has learned these graphs: always the same for the same graphs."""
    generator = torch.Generator().manual_seed(SEED)
    weights = _drawn(graphs.labels.shape[2], generator)
    optimizer = torch.optim.Adam(weights.values(), lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    adjacency, labels = torch.from_numpy(graphs.adjacency), torch.from_numpy(graphs.labels)
    with reproducible(), torch.enable_grad():
        for _ in range(STEPS):
            some = torch.randint(len(labels), (BATCH,), generator=generator)
            optimizer.zero_grad()
            _loss(weights, adjacency[some], labels[some], generator).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return {name: weight.detach() for name, weight in weights.items()}


def latent_means(weights: Weights, graphs: Graphs) -> NDArray[np.float64]:
    """The mean over the nodes of their latent means, shape (architectures, LATENT).

    Graph by graph, since sums over several at once would depend in the last digit on which they are.
    """
    rows = np.empty((len(graphs.labels), LATENT))
    with reproducible(), torch.no_grad():
        for row, adjacency, labels in zip(rows, graphs.adjacency, graphs.labels, strict=True):
            means, _ = encode(weights, torch.tensor(adjacency), torch.tensor(labels))
            row[:] = means.sum(0) / labels.sum()
    return rows


def encode(weights: Weights, adjacency: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and logarithm of the deviation of each node's latent, shape (..., nodes, LATENT); 0 where there is none.

    H' = MLP((1 + epsilon) H + (A + A^T) H), arch2vec's equation 1: a graph isomorphism network (Xu et al., ICLR 2019).
    """
    there = labels.sum(-1, keepdim=True)
    both, hidden = adjacency + adjacency.mT, labels
    for layer in range(LAYERS):
        own = (1 + weights[f"epsilon{layer}"]) * hidden
        summed = own + both @ hidden
        inner = torch.relu(summed @ weights[f"inner{layer}"] + weights[f"bias_inner{layer}"])
        hidden = torch.relu(inner @ weights[f"outer{layer}"] + weights[f"bias_outer{layer}"]) * there
    return hidden @ weights["mean"], hidden @ weights["deviation"]


def _loss(weights: Weights, adjacency: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
    """Minus the evidence lower bound of latents drawn once, edges and labels weighing the same: means over each.

    The decoder says sigmoid(Z Z^T) for the edges, without their direction, and softmax(Z W + b) for the labels.
    """
    mean, log_deviation = encode(weights, adjacency, labels)
    noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype)
    latent = mean + log_deviation.exp() * noise
    there = labels.sum(-1)
    above = (there[:, :, None] * there[:, None, :]).triu(1)
    edges = binary_cross_entropy_with_logits(latent @ latent.mT, adjacency, above, reduction="sum") / above.sum()
    logits = latent @ weights["label"] + weights["bias_label"]
    named = cross_entropy(logits[there > 0], labels[there > 0].argmax(-1))
    spread = mean.square() + (2 * log_deviation).exp() - 1 - 2 * log_deviation
    divergence = (spread.sum(-1) * there).sum() / there.sum() / 2  # Kingma & Welling, ICLR 2014, appendix B
    return edges + named + DIVERGENCE * divergence


def _drawn(labels: int, generator: torch.Generator) -> dict[str, Tensor]:
    """Matrices of variance 2 / (inputs + outputs); biases of 0."""
    shapes, inputs = {"mean": (WIDTH, LATENT), "deviation": (WIDTH, LATENT), "label": (LATENT, labels)}, labels
    flat = {"bias_label": torch.zeros(labels)}
    for layer in range(LAYERS):
        shapes |= {f"inner{layer}": (inputs, WIDTH), f"outer{layer}": (WIDTH, WIDTH)}
        flat |= {f"bias_{part}{layer}": torch.zeros(WIDTH) for part in ("inner", "outer")}
        flat[f"epsilon{layer}"] = torch.full((1,), EPSILON)
        inputs = WIDTH
    precision = torch.float32
    drawn = {
        name: torch.randn(shape, generator=generator, dtype=precision) * sqrt(2 / sum(shape))
        for name, shape in shapes.items()
    }
    return {name: weight.double().requires_grad_() for name, weight in (drawn | flat).items()}
