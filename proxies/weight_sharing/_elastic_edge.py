"""An edge of a NAS-Bench-201 cell whose two convolutions are one: the 1x1 kernel lies in the 3x3 one."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness.spaces.nb201 import CONV1, CONV3, NONE, POOL, SKIP
from proxies.weight_sharing._edge import times, weighted_sum
from proxies.weight_sharing._shared import Weights


class KernelMatrix(nn.Module):
    """A learned linear map from the centre of a large kernel to a small one of `side` x `side`, the identity at first.

    One for each layer, the same for all of its channels (Cai et al., Once-for-All, ICLR 2020, section 3.3, "elastic
    kernel size"). For a 1x1 kernel it is a single number.
    """

    def __init__(self, side: int) -> None:
        super().__init__()
        self.matrix = nn.Parameter(torch.eye(side * side))

    def forward(self, centre: Tensor) -> Tensor:
        """Kernels (outputs, inputs, side, side) in and out."""
        return F.linear(centre.flatten(2), self.matrix).view(centre.shape)


class ElasticEdge(nn.Module):
    """Every operation; both convolutions share one 3x3 kernel and one batch norm, which are the larger one's.

    `to_small` maps the centre of the kernel to the kernel of the 1x1 convolution.
    """

    def __init__(self, channels: int, to_small: nn.Module) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
        self.to_small = to_small

    def forward(self, x: Tensor, weights: Weights) -> Tensor:
        """Shape (n, channels, h, w) in and out; zeros where nothing but `none` is named."""
        return weighted_sum(
            (times(self._operation(option, x), weight) for option, weight in weights.items() if option != NONE), x
        )

    def _operation(self, option: int, x: Tensor) -> Tensor:
        if option == SKIP:
            return x
        if option == POOL:
            pooled: Tensor = self.pool(x)
            return pooled
        kernel = {CONV3: self._large, CONV1: self._small}[option]()
        out: Tensor = self.norm(F.conv2d(F.relu(x), kernel, padding=kernel.shape[-1] // 2))
        return out

    def _large(self) -> Tensor:
        return self.conv.weight

    def _small(self) -> Tensor:
        kernel: Tensor = self.to_small(self.conv.weight[:, :, 1:2, 1:2])
        return kernel


def transformed_edge(channels: int) -> ElasticEdge:
    """The edge whose 1x1 kernel is the centre through a learned matrix, as Once-for-All has it."""
    return ElasticEdge(channels, KernelMatrix(1))


def centred_edge(channels: int) -> ElasticEdge:
    """The edge whose 1x1 kernel is the centre as it is (Yu et al., BigNAS, ECCV 2020, section 3)."""
    return ElasticEdge(channels, nn.Identity())
