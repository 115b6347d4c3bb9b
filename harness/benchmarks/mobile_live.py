"""Networks of the space `mobile` trained for real (Cai et al., Once-for-All, ICLR 2020, section 3.2).

The paper's own recipe is for ImageNet on 32 GPUs; this is the one that NAS-Bench-201 trained with.
"""

from typing import Unpack

from torch import nn

from harness.core import Arch, Fidelity
from harness.live.benchmark import LiveBenchmark, fractions, schedules, whole
from harness.live.mobile_network import MobileNetwork, skeleton_of
from harness.live.options import Options
from harness.live.recipe import NB201
from harness.live.task import Shape
from harness.spaces.mobile import Mobile


class MobileLive(LiveBenchmark):
    """Two units of blocks, the first with `channels`, the second with twice as many.

    `recipe` is the longest schedule, of 12 or 100 epochs; the shorter one is always there.
    """

    name = "mobile_live"

    def __init__(self, *, recipe: str | int = "12", channels: int = 16, **options: Unpack[Options]) -> None:
        self._channels = whole("channels", channels)
        self.space = Mobile()
        self.reductions = {"resolution": (0.25, 0.5, 0.75), "width": fractions(channels)}
        super().__init__(schedules(recipe, (12, 100)), NB201, {"channels": channels}, **options)

    def build(self, arch: Arch, shape: Shape, fidelity: Fidelity, seed: int) -> nn.Module:
        """The network; small images are halved once, larger ones twice."""
        skeleton = skeleton_of((shape.colours, shape.width, shape.classes), round(self._channels * fidelity.width))
        return MobileNetwork(arch, skeleton, seed)
