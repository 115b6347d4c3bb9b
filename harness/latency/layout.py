"""What stands where in a network of NAS-Bench-201 cells: what a latency depends on beside the cell."""

from typing import NamedTuple

from harness.costs.nb201 import CELLS, COLOURS, WIDTHS
from harness.errors import unknown

SHAPES = {"digits": (1, 8, 10), "cifar10": (COLOURS, 32, 10), "cifar100": (COLOURS, 32, 100)}
"""Colours, pixels a side and classes by data set: no image is needed to take the time."""

SMALL = 16
"""Images of fewer pixels a side are for the small network of `harness.live.network`."""


class Stage(NamedTuple):
    """So many cells in a row, of so many channels, on images of so many pixels a side."""

    channels: int
    pixels: int
    cells: int


class Layout(NamedTuple):
    """The shape of the images (colours, pixels a side, classes), and the stages between stem and head."""

    shape: tuple[int, int, int]
    stages: tuple[Stage, ...]

    @property
    def small(self) -> bool:
        """Whether it is the small network, a stage of cells with a 1x1 convolution between two; else the official."""
        return self.shape[1] < SMALL


def layout_of(dataset: str) -> Layout:
    """The network that the benchmarks of a data set train; `UnknownName` for one without."""
    if dataset not in SHAPES:
        raise unknown("data set with a network to be timed", dataset, SHAPES)
    return layout(SHAPES[dataset])


def layout(shape: tuple[int, int, int], channels: int | None = None, cells: int | None = None) -> Layout:
    """The network for images of this shape: digits201's for small ones, else that of NAS-Bench-201.

    The official one has three stages with C, 2C and 4C channels, the image halved between them (Dong & Yang, ICLR 2020,
    section 2.1). `channels` is C and `cells` their number in a stage, by default as the benchmarks have them.
    """
    pixels = shape[1]
    if pixels < SMALL:
        return Layout(shape, (Stage(channels or 8, pixels // 2, cells or 2),))
    first, each = channels or WIDTHS[0], cells or CELLS
    return Layout(shape, tuple(Stage(first << k, pixels >> k, each) for k in range(3)))
