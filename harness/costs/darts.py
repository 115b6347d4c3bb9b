"""Parameters and FLOPs of DARTS networks for small images (Liu, Simonyan & Yang, ICLR 2019, section 3), by formula.

A 3x3 stem with three times C channels and batch norm; the cells, those at a third and at two thirds of the depth being
reduction cells that double C and halve the resolution; global average pool, linear. There is no auxiliary head. What
counts is what counts in `harness.costs.nb201`: weights of convolutions (none has a bias), scale and shift of batch
norms, weights and bias of the linear layer; as FLOPs, in millions, one per multiply-add of a convolution and one per
parameter of the linear layer.
"""

from collections.abc import Iterator
from typing import NamedTuple

from harness.core import Arch
from harness.errors import BadValue
from harness.spaces.darts import DIL3, DIL5, INPUTS, NODES, SEP3, SEP5, SKIP, Edge, cells_of

STEM = 3
"""The stem's channels are this many times C."""

FEWEST = 3
"""The fewest cells of a network, of which two reduce."""

KERNEL = {SEP3: 3, SEP5: 5, DIL3: 3, DIL5: 5}
"""The side of the kernel of each operation that has one."""


class Skeleton(NamedTuple):
    """What a network is made of beside its cells: in the paper 36 channels and 20 cells, 16 and 8 while searching."""

    classes: int
    channels: int = 36
    cells: int = 20
    colours: int = 3


class Layer(NamedTuple):
    """A cell of a network: the channels of its two inputs, its own, and whether it and the one before it reduce."""

    inputs: tuple[int, int]
    channels: int
    reduces: bool
    after_reduction: bool


def layers(skeleton: Skeleton) -> Iterator[Layer]:
    """The cells from stem to head; `BadValue` for fewer than three, or where channels cannot be halved."""
    if skeleton.cells < FEWEST:
        raise BadValue(
            f"{skeleton.cells} cells make no network of darts, which has two reduction cells: give {FEWEST} or more"
        )
    if skeleton.channels < 2 or skeleton.channels % 2:
        raise BadValue(f"{skeleton.channels} channels in a network of darts, which halves them: give an even number")
    channels, reduced = skeleton.channels, False
    inputs = (STEM * channels, STEM * channels)
    for k in range(skeleton.cells):
        reduces = k in (skeleton.cells // 3, 2 * skeleton.cells // 3)
        channels *= 1 + reduces
        yield Layer(inputs, channels, reduces, reduced)
        inputs, reduced = (inputs[1], NODES * channels), reduces


def features(skeleton: Skeleton) -> int:
    """The channels that the linear layer sees."""
    return NODES * 4 * skeleton.channels


def parameters(arch: Arch, skeleton: Skeleton) -> int:
    """The number of trainable parameters of the network with these cells."""
    stem = STEM * skeleton.channels * (9 * skeleton.colours + 2)
    cells = 0
    for layer in layers(skeleton):
        weights, norms = _cell(arch, layer)
        cells += sum(weights) + 2 * sum(norms)
    return stem + cells + _linear(skeleton)


def flops(arch: Arch, skeleton: Skeleton, pixels: int) -> float:
    """Millions of multiply-adds for one image of `pixels` a side.

    Raises `BadValue` for a size that the two reductions do not divide.
    """
    refuse_unless_divisible(pixels)
    side, total = pixels, pixels**2 * 9 * skeleton.colours * STEM * skeleton.channels + _linear(skeleton)
    for layer in layers(skeleton):
        into, within = _cell(arch, layer)[0]
        total += side**2 * into
        side //= 1 + layer.reduces
        total += side**2 * within
    return total / 1e6


def refuse_unless_divisible(pixels: int) -> None:
    """A `BadValue` for images whose side two reductions do not divide."""
    if pixels < 4 or pixels % 4:
        raise BadValue(f"images of {pixels} pixels a side: networks of darts halve them twice, so give a multiple of 4")


def _cell(arch: Arch, layer: Layer) -> tuple[tuple[int, int], tuple[int, int]]:
    """Weights of convolutions, and channels that are normalised: of what prepares the inputs, and of the operations.

    The operations work at the resolution that the cell puts out, the preparations at the one that it takes.
    """
    c = layer.channels
    found = [_operation(edge, c, layer.reduces) for edge in cells_of(arch)[layer.reduces]]
    weights, norms = (sum(each) for each in zip(*found, strict=True))
    return (sum(layer.inputs) * c, weights), (2 * c, norms)


def _operation(edge: Edge, c: int, reduces: bool) -> tuple[int, int]:
    """Weights and normalised channels: a separable convolution is applied twice, a skip that reduces has weights."""
    if edge.operation in KERNEL:
        times = 2 if edge.operation in (SEP3, SEP5) else 1
        return times * (KERNEL[edge.operation] ** 2 * c + c**2), times * c
    return (c**2, c) if edge.operation == SKIP and reduces and edge.source < INPUTS else (0, 0)


def _linear(skeleton: Skeleton) -> int:
    return (features(skeleton) + 1) * skeleton.classes
