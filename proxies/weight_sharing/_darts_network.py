"""The network that searches DARTS cells: every edge of a cell holds every operation (Liu et al., ICLR 2019, section 2).

As in the official code, no batch norm of a cell has a scale, and one follows each pooling.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.core import Arch
from harness.costs.darts import Layer, Skeleton, features, layers
from harness.live.darts_network import Preparation, operation, stem, stride_of
from harness.spaces.darts import AVG, EDGES, INPUTS, MAX, OPERATIONS, SKIP, TARGETS, Edge, arch_of, cells_of
from proxies.weight_sharing._edge import times, weighted_sum, without_scale
from proxies.weight_sharing._shared import Mixture, SharedNetwork, Weights

NONE = 0
"""The option that adds nothing; those behind it are the operations of the space."""


class DartsEdge(nn.Module):
    """Every operation with weights of its own; only those that the mixture names are computed."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.operations = nn.ModuleList(_operation(option, channels, stride) for option in range(len(OPERATIONS)))

    def forward(self, x: Tensor, weights: Weights) -> Tensor:
        """Shape (n, channels, h, w) to (n, channels, h / stride, w / stride); zeros where only `none` is named."""
        terms = (times(self.operations[option - 1](x), weight) for option, weight in weights.items() if option != NONE)
        return weighted_sum(terms, x[:, :, :: self.stride, :: self.stride])


class DartsMixedCell(nn.Module):
    """The preparation of both inputs, 14 edges, and the concatenation of the nodes."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.stride = stride_of(0, layer)
        self.prepare = Preparation(layer)
        self.edges = nn.ModuleList(DartsEdge(layer.channels, stride_of(source, layer)) for source, _ in EDGES)
        without_scale(self)

    def forward(self, inputs: Sequence[Tensor], mixture: Mixture) -> Tensor:
        """The outputs of the last two cells to this one's, shape (n, 4 x channels, h, w)."""
        states = self.prepare(inputs)
        like = states[0][:, :, :: self.stride, :: self.stride]
        for target in TARGETS:
            into = [k for k, edge in enumerate(EDGES) if edge[1] == target and _adds(mixture[k])]
            states.append(weighted_sum((self.edges[k](states[EDGES[k][0]], mixture[k]) for k in into), like))
        return torch.cat(states[INPUTS:], 1)


class DartsSupernet(SharedNetwork):
    """The layers of a DARTS network with mixed cells; every cell has weights of its own.

    Its edges are the 14 of the normal cell, then the 14 of the reduction cell; an edge's option is 0 for `none`, or
    the space's operation and one more.
    """

    options = (1 + len(OPERATIONS),) * (2 * len(EDGES))
    skips = (1 + SKIP,) * (2 * len(EDGES))

    def __init__(self, skeleton: Skeleton) -> None:
        super().__init__()
        places = list(layers(skeleton))
        self.stem = stem(skeleton)
        self.reduces = [layer.reduces for layer in places]
        self.cells = nn.ModuleList(map(DartsMixedCell, places))
        self.head = nn.Linear(features(skeleton), skeleton.classes)

    def forward(self, images: Tensor, mixture: Mixture) -> Tensor:
        """Logits (n, classes) for images (n, colours, h, w) whose sides are multiples of 4."""
        halves = (mixture[: len(EDGES)], mixture[len(EDGES) :])
        x = self.stem(images)
        inputs = (x, x)
        for reduces, cell in zip(self.reduces, self.cells, strict=True):
            inputs = (inputs[1], cell(inputs, halves[reduces]))
        logits: Tensor = self.head(inputs[1].mean((2, 3)))
        return logits

    def mixture(self, arch: Arch) -> Mixture:
        """The operations of the arch on the edges that it has, nothing on the others."""
        found: list[Weights] = [{} for _ in self.options]
        for half, cell in enumerate(cells_of(arch)):
            for source, target, option in cell:
                found[half * len(EDGES) + EDGES.index((source, target))] = {option + 1: 1.0}
        return found

    def discretise(self, strengths: Sequence[NDArray[np.float64]]) -> Arch:
        """The two edges into each node whose strongest operation is strongest, `none` set aside (section 2.4).

        Of equally strong ones the first edge, and the first operation, is taken.
        """
        return arch_of(_strongest(strengths[: len(EDGES)]), _strongest(strengths[len(EDGES) :]))


def _strongest(strengths: Sequence[NDArray[np.float64]]) -> list[Edge]:
    """The edges of a cell that are kept, each with its strongest operation."""
    best = [strength[1:].max() for strength in strengths]
    kept = []
    for target in TARGETS:
        into = [k for k, edge in enumerate(EDGES) if edge[1] == target]
        kept += sorted(into, key=lambda k: -best[k])[:2]
    return [Edge(*EDGES[k], int(np.argmax(strengths[k][1:]))) for k in kept]


def _adds(weights: Weights) -> bool:
    return any(option != NONE for option in weights)


def _operation(option: int, channels: int, stride: int) -> nn.Module:
    module = operation(option, channels, stride)
    return nn.Sequential(module, nn.BatchNorm2d(channels)) if option in (MAX, AVG) else module
