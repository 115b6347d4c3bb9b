"""A small network of NAS-Bench-201 cells in which the cell does the work."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness.core import Arch
from harness.spaces.nb201 import CONV1, CONV3, POOL, live_edges


class ReluConvBn(nn.Module):
    """ReLU, convolution without bias, batch normalisation: the paper's convolution operation."""

    def __init__(self, channels: int, kernel: int, groups: int) -> None:
        super().__init__()
        width = channels * groups
        self.conv = nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, groups x channels, h, w) in and out."""
        out: Tensor = self.norm(self.conv(F.relu(x)))
        return out


class Cell(nn.Module):
    """The directed acyclic graph of the architecture; operations that cannot matter are not built."""

    def __init__(self, arch: Arch, channels: int, groups: int) -> None:
        super().__init__()
        self.edges = live_edges(arch)
        self.operations = nn.ModuleList([_operation(edge.operation, channels, groups) for edge in self.edges])

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, groups x channels, h, w) in and out; zeros when no path reaches the output."""
        nodes = {0: x}
        for (source, target, _), operation in zip(self.edges, self.operations, strict=True):
            term = operation(nodes[source])
            nodes[target] = nodes[target] + term if target in nodes else term
        return nodes[3] if 3 in nodes else torch.zeros_like(x)


class CellNetwork(nn.Module):
    """2x2 patches to `channels`, cell, 1x1 convolution, cell, batch norm, ReLU, global average pool, linear.

    `groups` independent networks of the same architecture stand side by side: every layer is grouped, so that no value
    and no gradient crosses from one to another, and one step trains them all in little more time than one. With one of
    the two `cells`, nothing stands between the first and the batch norm.
    """

    def __init__(
        self, arch: Arch, shape: tuple[int, int], channels: int = 8, groups: int = 1, cells: Literal[1, 2] = 2
    ) -> None:
        super().__init__()
        colours, classes = shape
        width = channels * groups
        self.groups = groups
        self.stem = nn.Conv2d(colours * groups, width, 2, stride=2, groups=groups, bias=False)
        self.cell1 = Cell(arch, channels, groups)
        deep = cells == 2
        self.between = nn.Conv2d(width, width, 1, groups=groups, bias=False) if deep else nn.Identity()
        self.cell2 = Cell(arch, channels, groups) if deep else nn.Identity()
        self.norm = nn.BatchNorm2d(width)
        self.head = nn.Conv2d(width, classes * groups, 1, groups=groups)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, groups, classes) for images (n, groups x colours, h, w)."""
        x = self.cell2(self.between(self.cell1(self.stem(images))))
        x = F.relu(self.norm(x)).mean((2, 3), keepdim=True)
        logits: Tensor = self.head(x)
        return logits.view(len(images), self.groups, -1)


def initialise(network: CellNetwork, seeds: Sequence[int]) -> None:
    """Draw the weights of each group from its own seed: He initialisation, 1/sqrt(fan-in) for the head, biases zero."""
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            gain = 1.0 if module is network.head else 2.0
            scale = (gain / module.weight[0].numel()) ** 0.5
            own = module.weight.data.view(len(seeds), -1, *module.weight.shape[1:])
            for weights, generator in zip(own, generators, strict=True):
                weights.copy_(torch.randn(weights.shape, generator=generator) * scale)
            if module.bias is not None:
                module.bias.data.zero_()


def _operation(operation: int, channels: int, groups: int) -> nn.Module:
    if operation == CONV1:
        return ReluConvBn(channels, 1, groups)
    if operation == CONV3:
        return ReluConvBn(channels, 3, groups)
    return nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False) if operation == POOL else nn.Identity()
