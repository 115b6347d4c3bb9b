"""Networks of NAS-Bench-201 cells whose edges hold every operation."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.core import Arch
from harness.live.official_network import ResidualBlock
from harness.spaces.nb201 import EDGES, NONE, OPERATIONS, SKIP, live_edges
from proxies.weight_sharing._edge import MakeEdge
from proxies.weight_sharing._shared import Mixture, SharedNetwork, Weights


class MixedCell(nn.Module):
    """The cell's graph; what cannot matter to its output is not computed."""

    def __init__(self, channels: int, edge: MakeEdge) -> None:
        super().__init__()
        self.edges = nn.ModuleList(edge(channels) for _ in EDGES)

    def forward(self, x: Tensor, mixture: Mixture) -> Tensor:
        """Shape (n, channels, h, w) in and out; zeros when no path reaches the output."""
        nodes = {0: x}
        for k in live(mixture):
            source, target = EDGES[k]
            term = self.edges[k](nodes[source], mixture[k])
            nodes[target] = nodes[target] + term if target in nodes else term
        return nodes[3] if 3 in nodes else torch.zeros_like(x)


class CellSupernet(SharedNetwork):
    """The layers of a network with a mixed cell wherever a cell belongs; every cell has weights of its own.

    `body` is what stands between the stem and the head: numbers of channels for cells, modules for the rest.
    """

    options = (len(OPERATIONS),) * len(EDGES)
    skips = (SKIP,) * len(EDGES)

    def __init__(self, stem: nn.Module, body: Sequence[int | nn.Module], head: nn.Module, edge: MakeEdge) -> None:
        super().__init__()
        self.stem, self.head = stem, head
        self.body = nn.ModuleList(MixedCell(layer, edge) if isinstance(layer, int) else layer for layer in body)

    def forward(self, images: Tensor, mixture: Mixture) -> Tensor:
        """Logits (n, classes) for images (n, colours, h, w)."""
        x = self.stem(images)
        for layer in self.body:
            x = layer(x, mixture) if isinstance(layer, MixedCell) else layer(x)
        logits: Tensor = self.head(x)
        return logits

    def mixture(self, arch: Arch) -> Mixture:
        """The arch's operation alone on each edge."""
        return [{option: 1.0} for option in arch]

    def discretise(self, strengths: Sequence[NDArray[np.float64]]) -> Arch:
        """The strongest operation of each edge; as NAS-Bench-201 has it, `none` may be chosen."""
        return tuple(int(np.argmax(strength)) for strength in strengths)


class Head(nn.Sequential):
    """Batch norm, ReLU, global average pool, linear."""

    def __init__(self, channels: int, classes: int) -> None:
        pool = (nn.AdaptiveAvgPool2d(1), nn.Flatten())
        super().__init__(nn.BatchNorm2d(channels), nn.ReLU(), *pool, nn.Linear(channels, classes))


def small_supernet(shape: tuple[int, int], channels: int, cells: int, edge: MakeEdge) -> CellSupernet:
    """The network of digits201: 2x2 patches, and `cells` cells with 1x1 convolutions between them.

    `shape` is (colours, classes).
    """
    colours, classes = shape
    body: list[int | nn.Module] = [channels]
    for _ in range(cells - 1):
        body += [nn.Conv2d(channels, channels, 1, bias=False), channels]
    stem = nn.Conv2d(colours, channels, 2, stride=2, bias=False)
    return CellSupernet(stem, body, Head(channels, classes), edge)


def official_supernet(shape: tuple[int, int], channels: int, cells: int, edge: MakeEdge) -> CellSupernet:
    """The network of NAS-Bench-201: three stages of `cells` cells with C, 2C and 4C channels, residual blocks between.

    `shape` is (colours, classes); Dong & Yang (ICLR 2020, section 2.1) have 16 channels and 5 cells.
    """
    colours, classes = shape
    body: list[int | nn.Module] = [channels] * cells
    for width in (2 * channels, 4 * channels):
        body += [ResidualBlock(width // 2, width), *[width] * cells]
    stem = nn.Sequential(nn.Conv2d(colours, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))
    return CellSupernet(stem, body, Head(4 * channels, classes), edge)


def live(mixture: Mixture) -> list[int]:
    """The numbers of the edges through which the cell's input reaches its output."""
    present = tuple(SKIP if _passes(weights) else NONE for weights in mixture)
    found = {(edge.source, edge.target) for edge in live_edges(present)}
    return [k for k, edge in enumerate(EDGES) if edge in found]


def _passes(weights: Weights) -> bool:
    return any(option != NONE for option in weights)
