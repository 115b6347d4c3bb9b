"""A network of elastic depth, kernels and widths (Cai et al., Once-for-All, ICLR 2020, section 3.3).

The shallower unit is the first blocks of the deeper one.
"""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.core import Arch
from harness.costs.mobile import Skeleton, layers
from harness.errors import BadValue
from harness.live.mobile_network import MobileBlock, MobileNetwork, head, stem
from harness.spaces.mobile import DEPTHS, UNITS, Block, Mobile, units_of
from proxies.weight_sharing._elastic_block import ElasticBlock
from proxies.weight_sharing._shared import Mixture, SharedNetwork, Weights


class ElasticNetwork(SharedNetwork):
    """The network of the space `mobile`; its edges are the decisions of the space, of which none is a skip."""

    options = Mobile.choices
    skips = (None,) * len(Mobile.choices)

    def __init__(self, skeleton: Skeleton) -> None:
        super().__init__()
        self.skeleton = skeleton
        self.stem = stem(skeleton)
        self.blocks = nn.ModuleList(map(ElasticBlock, layers(skeleton, (max(DEPTHS),) * UNITS)))
        self.head = head(skeleton)

    def forward(self, images: Tensor, mixture: Mixture) -> Tensor:
        """Logits (n, classes) for images (n, colours, h, w).

        A `BadValue` for a mixture that names several options of a decision, or weighs one.
        """
        x = self.stem(images)
        for elastic, block in self._path(tuple(map(_option, mixture))):
            x = elastic(x, block)
        logits: Tensor = self.head(x)
        return logits

    def mixture(self, arch: Arch) -> Mixture:
        """The option of each decision, the first one where it does not matter."""
        return [{option: 1.0} for option in Mobile().canonical(arch)]

    def discretise(self, strengths: Sequence[NDArray[np.float64]]) -> Arch:
        """The strongest option of each decision."""
        return tuple(int(np.argmax(strength)) for strength in strengths)

    def sort_channels(self) -> None:
        """Put the most important channels of each block first, as is due before narrower ones are trained."""
        for block in self.blocks:
            cast(ElasticBlock, block).sort_channels()

    def inherit(self, arch: Arch) -> MobileNetwork:
        """A network of its own that computes what the architecture computes here, to be trained on."""
        static = MobileNetwork(arch, self.skeleton)
        static.stem.load_state_dict(self.stem.state_dict())
        static.head.load_state_dict(self.head.state_dict())
        for target, (elastic, block) in zip(static.blocks, self._path(arch), strict=True):
            elastic.inherit(cast(MobileBlock, target), block)
        return static.to(next(self.parameters()).device).train(self.training)

    def _path(self, arch: Arch) -> list[tuple[ElasticBlock, Block]]:
        """The blocks of an architecture, each with what it takes its weights from."""
        return [
            (cast(ElasticBlock, self.blocks[unit * max(DEPTHS) + k]), block)
            for unit, blocks in enumerate(units_of(arch))
            for k, block in enumerate(blocks)
        ]


def _option(weights: Weights) -> int:
    """The only option of a decision; the first where none is named."""
    if not weights:
        return 0
    (option, weight), *others = weights.items()
    if others or isinstance(weight, Tensor) or weight != 1.0:
        raise BadValue(
            "the network of the space mobile has no mixed edges: it takes one option of each decision, with weight 1; "
            "choose a supernet that samples paths, such as single_path"
        )
    return option
