"""The networks that NAS-Bench-201 and NATS-Bench trained (Dong & Yang, ICLR 2020, 2.1; Dong et al., TPAMI 2021, 3.1).

A 3x3 stem with batch norm; N cells, a residual block of stride 2, N cells, a residual block of stride 2, N cells; batch
norm, ReLU, global average pool, linear. `harness.costs` has their parameters and FLOPs by formula.
"""

from collections.abc import Sequence
from functools import reduce

import torch
from torch import Tensor, nn

from harness.core import Arch
from harness.costs.nb201 import CELLS, COLOURS, WIDTHS
from harness.errors import BadValue
from harness.spaces.nats_sss import CELL, channels
from harness.spaces.nb201 import CONV1, CONV3, EDGES, NONE, SKIP

_KERNEL = {CONV1: 1, CONV3: 3}


class ReluConvBn(nn.Sequential):
    """ReLU, convolution without bias, batch norm."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        super().__init__(nn.ReLU(), conv, nn.BatchNorm2d(outputs))


class Zero(nn.Module):
    """Zeros of `width` channels, through which gradients of zero flow."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, any, h, w) to (n, width, h, w)."""
        return (x[:, :1] * 0.0).expand(-1, self.width, -1, -1)


class OfficialCell(nn.Module):
    """The cell with all of its operations, also those that cannot matter.

    What leaves the cell's input takes it from `inputs` channels to `outputs`; all else keeps `outputs`.
    """

    def __init__(self, arch: Arch, inputs: int, outputs: int) -> None:
        super().__init__()
        self.arch = arch
        self.operations = nn.ModuleList(
            _operation(option, outputs if source else inputs, outputs)
            for (source, _), option in zip(EDGES, arch, strict=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, inputs, h, w) to (n, outputs, h, w)."""
        nodes = [x]
        for node in (1, 2, 3):
            edges = [(i, op) for (i, j), op in zip(EDGES, self.operations, strict=True) if j == node]
            live = [edge for edge in edges if not isinstance(edge[1], Zero)] or edges[:1]  # adding zeros takes time
            nodes.append(reduce(torch.add, [operation(nodes[i]) for i, operation in live]))
        return nodes[3]


class ResidualBlock(nn.Module):
    """Halves the image: two 3x3 convolutions, and a shortcut of average pool and 1x1 convolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(ReluConvBn(inputs, outputs, 3, stride=2), ReluConvBn(outputs, outputs, 3))
        self.shortcut = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, inputs, h, w) to (n, outputs, h / 2, w / 2); the sides must be even."""
        out: Tensor = self.shortcut(x) + self.residual(x)
        return out


class OfficialNetwork(nn.Module):
    """The network of these widths: those of N cells, a block, N cells, a block, N cells; the stem has the first one.

    The weights are PyTorch's own defaults, as in the official code, drawn from `seed`; torch's global generator stays
    as it was. Layers are made in the official order. `BadValue` when the number of widths is not 3N + 2.
    """

    def __init__(self, arch: Arch, widths: Sequence[int], classes: int, seed: int = 0, colours: int = COLOURS) -> None:
        super().__init__()
        n, blocks = divmod(len(widths), 3)
        if blocks != 2:
            raise BadValue(
                f"{len(widths)} widths make no network: give one for each of 3N cells and 2 blocks, as 5 or 17"
            )
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            self.stem = nn.Sequential(
                nn.Conv2d(colours, widths[0], 3, padding=1, bias=False), nn.BatchNorm2d(widths[0])
            )
            self.layers = nn.Sequential()
            for k, (inputs, outputs) in enumerate(zip((widths[0], *widths[:-1]), widths, strict=True)):
                is_block = k in (n, 2 * n + 1)
                self.layers.append(ResidualBlock(inputs, outputs) if is_block else OfficialCell(arch, inputs, outputs))
            self.norm = nn.Sequential(nn.BatchNorm2d(widths[-1]), nn.ReLU())
            self.head = nn.Linear(widths[-1], classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, classes) for images (n, colours, h, w) whose sides are multiples of 4."""
        logits: Tensor = self.head(self.norm(self.layers(self.stem(images))).mean((2, 3)))
        return logits


def nb201_network(arch: Arch, classes: int, seed: int = 0) -> OfficialNetwork:
    """The network of NAS-Bench-201 with this cell: five per stage, with 16, 32 and 64 channels."""
    c1, c2, c3 = WIDTHS
    return OfficialNetwork(arch, (c1,) * CELLS + (c2,) * (CELLS + 1) + (c3,) * (CELLS + 1), classes, seed)


def size_network(arch: Arch, classes: int, seed: int = 0) -> OfficialNetwork:
    """The network of NATS-Bench's size space with these widths: one cell per stage, always the same."""
    return OfficialNetwork(CELL, channels(arch), classes, seed)


def _operation(option: int, inputs: int, outputs: int) -> nn.Module:
    if option in _KERNEL:
        return ReluConvBn(inputs, outputs, _KERNEL[option])
    if option == NONE:
        return Zero(outputs)
    if option == SKIP:
        return nn.Identity() if inputs == outputs else _projection(inputs, outputs)
    pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    return pool if inputs == outputs else nn.Sequential(ReluConvBn(inputs, outputs, 1), pool)


def _projection(inputs: int, outputs: int) -> nn.Module:
    """What a skip is where the width changes: there is no ReLU before it."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
