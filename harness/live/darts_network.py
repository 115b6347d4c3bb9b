"""DARTS networks for small images, built as the official code does (Liu, Simonyan & Yang, ICLR 2019, section 3.2).

Left out are what only training needs: the auxiliary head and the dropping of paths. `harness.costs.darts` has the
parameters and FLOPs by formula.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from harness.core import Arch
from harness.costs.darts import KERNEL, STEM, Layer, Skeleton, features, layers
from harness.live.official_network import ReluConvBn
from harness.spaces.darts import DIL3, DIL5, INPUTS, MAX, SKIP, Cell, cells_of


class FactorizedReduce(nn.Module):
    """Halves the image: two 1x1 convolutions of stride 2, of the even points and of the odd ones, side by side."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        halves = (outputs // 2, outputs - outputs // 2)
        self.convs = nn.ModuleList(nn.Conv2d(inputs, half, 1, stride=2, bias=False) for half in halves)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, inputs, h, w) to (n, outputs, h / 2, w / 2); the sides must be even."""
        x = torch.relu(x)
        out: Tensor = self.norm(torch.cat([self.convs[0](x), self.convs[1](x[:, :, 1:, 1:])], 1))
        return out


class DepthwiseConv(nn.Sequential):
    """ReLU, depthwise convolution, 1x1 convolution, batch norm."""

    def __init__(self, channels: int, kernel: int, stride: int, dilation: int) -> None:
        padding = dilation * (kernel - 1) // 2
        depthwise = nn.Conv2d(channels, channels, kernel, stride, padding, dilation, groups=channels, bias=False)
        pointwise = nn.Conv2d(channels, channels, 1, bias=False)
        super().__init__(nn.ReLU(), depthwise, pointwise, nn.BatchNorm2d(channels))


class Preparation(nn.ModuleList):
    """Bring the outputs of the last two cells to the channels and the resolution of a cell."""

    def __init__(self, layer: Layer) -> None:
        before, last = layer.inputs
        first = FactorizedReduce if layer.after_reduction else _pointwise
        super().__init__([first(before, layer.channels), _pointwise(last, layer.channels)])

    def forward(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Two tensors in and out."""
        return [module(x) for module, x in zip(self, inputs, strict=True)]


class DartsCell(nn.Module):
    """The preparation of both inputs, eight operations, and the concatenation of the nodes."""

    def __init__(self, cell: Cell, layer: Layer) -> None:
        super().__init__()
        self.cell = cell
        self.prepare = Preparation(layer)
        self.operations = nn.ModuleList(
            operation(edge.operation, layer.channels, stride_of(edge.source, layer)) for edge in cell
        )

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """The outputs of the last two cells to this one's, shape (n, 4 x channels, h, w)."""
        states = self.prepare(inputs)
        for k in range(0, len(self.cell), 2):
            terms = [self.operations[e](states[self.cell[e].source]) for e in (k, k + 1)]
            states.append(terms[0] + terms[1])
        return torch.cat(states[INPUTS:], 1)


class DartsNetwork(nn.Module):
    """The network of these cells; its weights are PyTorch's own defaults, as in the official code, drawn from `seed`.

    torch's global generator stays as it was.
    """

    def __init__(self, arch: Arch, skeleton: Skeleton, seed: int = 0) -> None:
        super().__init__()
        places, cells = list(layers(skeleton)), cells_of(arch)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            self.stem = stem(skeleton)
            self.cells = nn.ModuleList(DartsCell(cells[layer.reduces], layer) for layer in places)
            self.head = nn.Linear(features(skeleton), skeleton.classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, classes) for images (n, colours, h, w) whose sides are multiples of 4."""
        x = self.stem(images)
        inputs = (x, x)
        for cell in self.cells:
            inputs = (inputs[1], cell(inputs))
        logits: Tensor = self.head(inputs[1].mean((2, 3)))
        return logits


def stem(skeleton: Skeleton) -> nn.Module:
    """A 3x3 convolution with batch norm."""
    width = STEM * skeleton.channels
    return nn.Sequential(nn.Conv2d(skeleton.colours, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))


def stride_of(source: int, layer: Layer) -> int:
    """In a reduction cell, what leaves an input halves the resolution."""
    return 2 if layer.reduces and source < INPUTS else 1


def operation(option: int, channels: int, stride: int) -> nn.Module:
    """The module of an operation of the space, `channels` in and out."""
    if option in KERNEL:
        kernel = KERNEL[option]
        if option in (DIL3, DIL5):
            return DepthwiseConv(channels, kernel, stride, 2)
        return nn.Sequential(DepthwiseConv(channels, kernel, stride, 1), DepthwiseConv(channels, kernel, 1, 1))
    if option == SKIP:
        return nn.Identity() if stride == 1 else FactorizedReduce(channels, channels)
    if option == MAX:
        return nn.MaxPool2d(3, stride, padding=1)
    return nn.AvgPool2d(3, stride, padding=1, count_include_pad=False)


def _pointwise(inputs: int, outputs: int) -> nn.Module:
    return ReluConvBn(inputs, outputs, 1)
