"""What a supernet's network has to be: one set of weights, from which every architecture of a space takes its own."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.core import Arch

Weights = Mapping[int, Tensor | float]
"""The options of an edge that are computed, and the weight of each in the edge's sum; 1.0 is not multiplied."""

Mixture = Sequence[Weights]
"""Weights for every edge, in the network's order. An edge without any option adds nothing."""


class SharedNetwork(nn.Module, ABC):
    """A network whose edges offer several operations.

    `options` holds how many each edge has, and `skips` which of them is the skip connection, None where there is none.
    The edges are those of the network, which need not be the decisions of the space.
    """

    options: tuple[int, ...]
    skips: tuple[int | None, ...]

    @abstractmethod
    def forward(self, images: Tensor, mixture: Mixture) -> Tensor:
        """Logits (n, classes) for images (n, colours, h, w), by the operations of the mixture."""

    @abstractmethod
    def mixture(self, arch: Arch) -> Mixture:
        """The mixture that is this architecture: at most one option of each edge, with weight 1.0."""

    @abstractmethod
    def discretise(self, strengths: Sequence[NDArray[np.float64]]) -> Arch:
        """The architecture of the strongest options, given a strength, shape (options,), for each of every edge."""
