"""DARTS cells trained for real (Liu, Simonyan & Yang, ICLR 2019, section 3.2)."""

from typing import Unpack

from torch import nn

from harness.core import Arch, Fidelity
from harness.costs.darts import FEWEST, Skeleton, layers
from harness.live.benchmark import LiveBenchmark, fractions, schedules, whole
from harness.live.darts_network import DartsNetwork
from harness.live.options import Options
from harness.live.recipe import SgdRecipe
from harness.live.skeletons import refuse_odd
from harness.live.task import Shape
from harness.spaces.darts import Darts

RECIPE = SgdRecipe(batch=96, lr=0.025, nesterov=False, weight_decay=3e-4, clip=5.0, cutout=0.5)
"""That of the paper's code for CIFAR-10, without the auxiliary head and without dropping paths."""


class DartsLive(LiveBenchmark):
    """Networks of `cells` cells that begin with `channels`, small by default; those of the paper have 20 and 36.

    `recipe` is the longest schedule, of 12, 100 or 600 epochs (the paper's); the shorter ones are always there.
    """

    name = "darts_live"

    def __init__(
        self, *, recipe: str | int = "12", channels: int = 8, cells: int = 5, **options: Unpack[Options]
    ) -> None:
        self._channels, self._cells = whole("channels", channels), whole("cells", cells)
        list(layers(Skeleton(2, channels, cells)))  # refuses what makes no network
        self.space = Darts()
        self.reductions = {
            "resolution": (0.25, 0.5, 0.75),
            "width": fractions(channels // 2),
            "depth": tuple(fewer / cells for fewer in range(FEWEST, cells)),
        }
        super().__init__(schedules(recipe, (12, 100, 600)), RECIPE, {"channels": channels, "cells": cells}, **options)

    def build(self, arch: Arch, shape: Shape, fidelity: Fidelity, seed: int) -> nn.Module:
        """The network; `BadValue` unless the sides of the images are multiples of 4."""
        refuse_odd(shape)
        channels, cells = round(self._channels * fidelity.width), round(self._cells * fidelity.depth)
        return DartsNetwork(arch, Skeleton(shape.classes, channels, cells, shape.colours), seed)
