"""Chains of convolutions trained for real, of any depth and width.

The recipe is that of NAS-Bench-201 (Dong & Yang, ICLR 2020, section 2.4) with small batches and images as they are.
"""

from typing import Unpack

from torch import nn

from harness.core import Arch, Fidelity
from harness.live.benchmark import LiveBenchmark, schedules
from harness.live.chain_network import chain_network
from harness.live.options import Options
from harness.live.recipe import SgdRecipe
from harness.live.task import Shape
from harness.spaces.conv_chain import ConvChain


class ConvChainLive(LiveBenchmark):
    """Chains of the space conv_chain; small enough for the digits, too.

    `recipe` is the longest schedule, of 12 or 100 epochs; the shorter one is always there.
    """

    name = "conv_chain_live"

    def __init__(self, *, recipe: str | int = "12", **options: Unpack[Options]) -> None:
        self.space = ConvChain()
        self.reductions = {"resolution": (0.5, 0.75)}
        super().__init__(schedules(recipe, (12, 100)), SgdRecipe(batch=75, flip=0.0, crop=0.0), {}, **options)

    def build(self, arch: Arch, shape: Shape, fidelity: Fidelity, seed: int) -> nn.Module:
        """The chain with a linear layer behind it."""
        return chain_network(arch, shape, seed)
