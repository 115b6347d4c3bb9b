"""NAS-Bench-201 cells trained as the benchmark trained them (Dong & Yang, ICLR 2020, sections 2.1 and 2.3)."""

from typing import Unpack

from torch import nn

from harness.core import Arch, Fidelity
from harness.live.benchmark import LiveBenchmark, fractions, schedules, whole
from harness.live.options import Options
from harness.live.recipe import NB201
from harness.live.skeletons import Official
from harness.live.task import Shape
from harness.spaces.nb201 import Nb201


class Nb201Live(LiveBenchmark):
    """Five cells a stage with 16, 32 and 64 channels; `cells` and `channels` (of the first stage) make other networks.

    `recipe` is the longest schedule, of 12 or 200 epochs; the shorter one is always there.
    """

    name = "nb201_live"

    def __init__(
        self, *, recipe: str | int = "12", channels: int = 16, cells: int = 5, **options: Unpack[Options]
    ) -> None:
        self._channels, self._cells = whole("channels", channels), whole("cells", cells)
        self.space = Nb201()
        self.reductions = {"resolution": (0.25, 0.5, 0.75), "width": fractions(channels), "depth": fractions(cells)}
        super().__init__(schedules(recipe, (12, 200)), NB201, {"channels": channels, "cells": cells}, **options)

    def build(self, arch: Arch, shape: Shape, fidelity: Fidelity, seed: int) -> nn.Module:
        """The official network; `BadValue` unless the sides of the images are multiples of 4."""
        channels, cells = round(self._channels * fidelity.width), round(self._cells * fidelity.depth)
        return Official(channels, cells).build(arch, shape, seed)
