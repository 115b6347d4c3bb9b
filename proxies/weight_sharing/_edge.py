"""The operations between two nodes of a NAS-Bench-201 cell, mixed."""

from collections.abc import Callable, Iterable
from functools import reduce

import torch
from torch import Tensor, nn

from harness.live.official_network import ReluConvBn
from harness.spaces.nb201 import CONV1, CONV3, NONE, POOL, SKIP
from proxies.weight_sharing._shared import Weights

MakeEdge = Callable[[int], nn.Module]
"""Builds an edge for so many channels: a module that maps (x, weights) to the weighted sum of its operations."""


class MixedEdge(nn.Module):
    """Every operation with weights of its own; only those that the mixture names are computed."""

    def __init__(self, channels: int, *, affine: bool = True) -> None:
        super().__init__()
        self.conv1 = ReluConvBn(channels, channels, 1)
        self.conv3 = ReluConvBn(channels, channels, 3)
        if not affine:
            without_scale(self)
        self.pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)

    def forward(self, x: Tensor, weights: Weights) -> Tensor:
        """Shape (n, channels, h, w) in and out; zeros where nothing but `none` is named."""
        operations = {CONV1: self.conv1, CONV3: self.conv3, POOL: self.pool, SKIP: nn.Identity()}
        return weighted_sum(
            (times(operations[option](x), weight) for option, weight in weights.items() if option != NONE), x
        )


def times(x: Tensor, weight: Tensor | float) -> Tensor:
    """The product, which costs nothing for a weight of 1.0."""
    return x if isinstance(weight, float) and weight == 1.0 else x * weight


def weighted_sum(terms: Iterable[Tensor], like: Tensor) -> Tensor:
    """The sum of the terms, zeros shaped as `like` when there are none."""
    found = list(terms)
    return reduce(torch.add, found) if found else torch.zeros_like(like)


def without_scale(module: nn.Module) -> None:
    """Take scale and shift from the batch norms within, so that no weight can undo an architecture parameter."""
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.affine = False
            norm.register_parameter("weight", None)
            norm.register_parameter("bias", None)
