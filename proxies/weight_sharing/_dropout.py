"""Dropout behind skip connections (Chen et al., P-DARTS, ICCV 2019, section 3.3)."""

import torch
from torch import Tensor, nn

from harness.spaces.nb201 import SKIP
from proxies.weight_sharing._edge import MixedEdge, times
from proxies.weight_sharing._shared import Weights


class Dropout:
    """Sets numbers to zero with the chance `rate` and divides the others by 1 - rate; it does nothing at first.

    It draws from `generator`, a new one of which may be put in its place.
    """

    def __init__(self) -> None:
        self.rate = 0.0
        self.generator: torch.Generator | None = None

    def __call__(self, x: Tensor) -> Tensor:
        """Of any shape."""
        if self.rate == 0:
            return x
        kept = torch.empty_like(x).bernoulli_(1 - self.rate, generator=self.generator)
        return x * kept / (1 - self.rate)


class SkipDropoutEdge(nn.Module):
    """The mixed edge, its skip connection behind a dropout that all edges share."""

    def __init__(self, channels: int, dropout: Dropout) -> None:
        super().__init__()
        self.mixed = MixedEdge(channels, affine=False)
        self.dropout = dropout

    def forward(self, x: Tensor, weights: Weights) -> Tensor:
        """Shape (n, channels, h, w) in and out."""
        others = {option: weight for option, weight in weights.items() if option != SKIP}
        rest: Tensor = self.mixed(x, others)
        return rest + times(self.dropout(x), weights[SKIP]) if SKIP in weights else rest
