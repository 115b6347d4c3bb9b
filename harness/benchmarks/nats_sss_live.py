"""Sizes of NATS-Bench trained as the benchmark trained them (Dong et al., TPAMI 2021, section 3.2)."""

from typing import Unpack

from torch import nn

from harness.core import Arch, Fidelity
from harness.live.benchmark import LiveBenchmark, schedules
from harness.live.official_network import OfficialNetwork
from harness.live.options import Options
from harness.live.recipe import NB201
from harness.live.skeletons import refuse_odd
from harness.live.task import Shape
from harness.spaces.nats_sss import CELL, NatsSss, channels


class NatsSssLive(LiveBenchmark):
    """One cell a stage, always the same, in networks of five widths.

    `recipe` is the longest schedule, of 1, 12 or 90 epochs; the shorter ones are always there.
    """

    name = "nats_sss_live"

    def __init__(self, *, recipe: str | int = "12", **options: Unpack[Options]) -> None:
        self.space = NatsSss()
        self.reductions = {"resolution": (0.25, 0.5, 0.75), "width": (0.125, 0.25, 0.5)}
        super().__init__(schedules(recipe, (1, 12, 90)), NB201, {}, **options)

    def build(self, arch: Arch, shape: Shape, fidelity: Fidelity, seed: int) -> nn.Module:
        """The official network; `BadValue` unless the sides of the images are multiples of 4."""
        refuse_odd(shape)
        widths = [round(width * fidelity.width) for width in channels(arch)]
        return OfficialNetwork(CELL, widths, shape.classes, seed, shape.colours)
