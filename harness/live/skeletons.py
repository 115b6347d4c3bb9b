"""What stands around the cells of NAS-Bench-201."""

from dataclasses import dataclass
from typing import Literal

import torch

from harness.core import Arch
from harness.errors import BadValue
from harness.live.network import CellNetwork, initialise
from harness.live.official_network import OfficialNetwork
from harness.live.task import Shape


@dataclass(frozen=True, slots=True)
class Small:
    """The network of digits201 (`harness.live.network`), initialised as there."""

    channels: int = 8
    cells: Literal[1, 2] = 2

    def build(self, arch: Arch, shape: Shape, seed: int) -> CellNetwork:
        """The network with weights drawn by the seed; its logits have the shape (n, 1, classes)."""
        with torch.random.fork_rng(devices=[]):
            network = CellNetwork(arch, (shape.colours, shape.classes), self.channels, 1, self.cells)
        initialise(network, (seed,))
        return network


@dataclass(frozen=True, slots=True)
class Official:
    """Three stages of `cells` cells with C, 2C and 4C channels, residual blocks between them.

    NAS-Bench-201 has 16 channels and 5 cells (Dong & Yang, ICLR 2020, section 2.1).
    """

    channels: int = 16
    cells: int = 5

    def build(self, arch: Arch, shape: Shape, seed: int) -> OfficialNetwork:
        """The network with weights drawn by the seed; `BadValue` unless the images can be halved twice."""
        refuse_odd(shape)
        widths = [
            width * self.channels for width, blocks in ((1, 0), (2, 1), (4, 1)) for _ in range(self.cells + blocks)
        ]
        return OfficialNetwork(arch, widths, shape.classes, seed, shape.colours)


def refuse_odd(shape: Shape) -> None:
    """A `BadValue` unless the sides of the images can be halved twice."""
    if shape.height % 4 or shape.width % 4:
        raise BadValue(
            f"images of {shape.height}x{shape.width} points: the network halves them twice, so give a data set or a "
            "resolution whose sides are multiples of 4"
        )
