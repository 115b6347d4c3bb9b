"""A supernet in stages, each with another network and fewer candidates (Chen et al., P-DARTS, ICCV 2019, 3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.core import Arch
from harness.errors import BadValue
from harness.spaces.nb201 import CONV1, CONV3, OPERATIONS
from proxies.weight_sharing._cells import live
from proxies.weight_sharing._shared import Mixture, SharedNetwork

LEARNED = {CONV1, CONV3}
"""The operations that have weights."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the stages are: `kept` operations of an edge after each but the last, the `dropout` of skips in each.

    The network of each stage has `growth` cells more than that of the stage before.
    """

    kept: Sequence[int]
    dropout: Sequence[float]
    growth: int

    def __post_init__(self) -> None:
        falling = [len(OPERATIONS), *self.kept]
        if any(after > before or after < 1 for before, after in pairwise(falling)):
            raise BadValue(f"kept = {list(self.kept)}: give falling numbers of operations, such as [3, 2]")
        if len(self.dropout) != len(self.kept) + 1 or any(not 0 <= rate < 1 for rate in self.dropout):
            raise BadValue(
                f"dropout = {list(self.dropout)}: give a rate from 0 to below 1 for each of {len(self.kept) + 1} stages"
            )
        if self.growth < 0:
            raise BadValue(f"growth = {self.growth}: give a whole number of cells of at least 0")

    @property
    def stages(self) -> int:
        """How many there are."""
        return len(self.dropout)

    def span(self, epoch: int, epochs: int) -> tuple[int, int, int]:
        """The stage of this epoch, the first epoch of it and that of the next; all are as long, to an epoch."""
        bounds = [round(epochs * stage / self.stages) for stage in range(self.stages + 1)]
        stage = sum(epoch >= bound for bound in bounds[1:])
        return stage, bounds[stage], bounds[stage + 1]


class StagedNetwork(SharedNetwork):
    """A network for each stage, with weights of its own, and the candidates that each trains on its edges.

    A mixture is computed by the latest stage up to the present one that trained all convolutions that matter to it.
    """

    stage: Tensor
    candidates: Tensor
    """The present stage, and whether a stage's edge trains an option, shape (stages, edges, options).

    As buffers, checkpoints have them. `now` and `trained` are their copies, for which no device is asked.
    """
    now: int
    trained: list[list[list[bool]]]

    def __init__(self, networks: Sequence[SharedNetwork]) -> None:
        super().__init__()
        self.options, self.skips = networks[0].options, networks[0].skips
        self.networks = nn.ModuleList(networks)
        self.register_buffer("stage", torch.tensor(0))
        everything = torch.ones(len(networks), len(self.options), max(self.options), dtype=torch.bool)
        self.register_buffer("candidates", everything)
        self.register_load_state_dict_post_hook(_remember)  # type: ignore[no-untyped-call]
        _remember(self)

    def forward(self, images: Tensor, mixture: Mixture) -> Tensor:
        """Logits (n, classes) for images (n, colours, h, w)."""
        logits: Tensor = self.networks[self.stage_of(mixture)](images, mixture)
        return logits

    def mixture(self, arch: Arch) -> Mixture:
        """As the first stage's network has it."""
        return self._first.mixture(arch)

    def discretise(self, strengths: Sequence[NDArray[np.float64]]) -> Arch:
        """As the first stage's network has it."""
        return self._first.discretise(strengths)

    def stage_of(self, mixture: Mixture) -> int:
        """The stage that computes the mixture."""
        needed = [(edge, option) for edge in live(mixture) for option in LEARNED & mixture[edge].keys()]
        able = (s for s in range(self.now, 0, -1) if all(self.trained[s][edge][option] for edge, option in needed))
        return next(able, 0)

    def advance(self, stage: int, shares: Sequence[Tensor], kept: int) -> None:
        """Begin a stage, with the so many options of each edge that have the largest shares."""
        self.stage.fill_(stage)
        for later in self.candidates[stage:]:
            later.fill_(False)
            for edge, share in enumerate(shares):
                later[edge, share.topk(kept).indices] = True
        _remember(self)

    @property
    def _first(self) -> SharedNetwork:
        first = self.networks[0]
        assert isinstance(first, SharedNetwork)
        return first


def _remember(network: StagedNetwork, *_: object) -> None:
    network.now, network.trained = int(network.stage), network.candidates.tolist()
