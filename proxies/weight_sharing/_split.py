"""A supernet that can be divided into several, each for a part of the space."""

from collections.abc import Sequence
from copy import deepcopy
from itertools import product
from math import prod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.core import Arch
from proxies.weight_sharing._shared import Mixture, SharedNetwork


class SplitNetwork(SharedNetwork):
    """One network for all architectures, and one for every combination of options of the split edges.

    Until `divide` is called, the one computes every mixture; from then on, the network to whose part the mixture
    belongs by the option that it names on each split edge; an edge without any counts as if it named the first.
    """

    divided: Tensor
    """Whether it is; as a buffer, checkpoints have it. `_divided` is its copy, for which no device is asked."""

    def __init__(self, whole: SharedNetwork, edges: Sequence[int]) -> None:
        super().__init__()
        self.options, self.skips, self.edges = whole.options, whole.skips, tuple(edges)
        self.whole = whole
        self.parts = nn.ModuleList(deepcopy(whole) for _ in range(prod(self.options[edge] for edge in edges)))
        combinations = product(*(range(self.options[edge]) for edge in edges))
        self._number = {combination: number for number, combination in enumerate(combinations)}
        self.register_buffer("divided", torch.tensor(False))
        self._divided = False
        self.register_load_state_dict_post_hook(_remember)  # type: ignore[no-untyped-call]

    def forward(self, images: Tensor, mixture: Mixture) -> Tensor:
        """Logits (n, classes) for images (n, colours, h, w)."""
        logits: Tensor = self.network_of(mixture)(images, mixture)
        return logits

    def mixture(self, arch: Arch) -> Mixture:
        """As the undivided network has it."""
        return self.whole.mixture(arch)

    def discretise(self, strengths: Sequence[NDArray[np.float64]]) -> Arch:
        """As the undivided network has it."""
        return self.whole.discretise(strengths)

    def network_of(self, mixture: Mixture) -> nn.Module:
        """The network that computes this mixture now."""
        if not self._divided:
            return self.whole
        return self.parts[self._number[tuple(next(iter(mixture[edge]), 0) for edge in self.edges)]]

    def divide(self) -> None:
        """Let every part inherit the weights that the one network has now; from now on, they compute."""
        state = self.whole.state_dict()
        for part in self.parts:
            part.load_state_dict(state)
        self.divided.fill_(True)
        self._divided = True


def _remember(network: SplitNetwork, _: object) -> None:
    network._divided = bool(network.divided)
