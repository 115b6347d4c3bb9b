"""Parameters and FLOPs of the networks of the space `mobile`, by formula; `harness.live.mobile_network` builds them.

What counts is what counts in `harness.costs.nb201`: weights of convolutions (none has a bias), scale and shift of batch
norms, weights and bias of the linear layer; as FLOPs, in millions, one per multiply-add of a convolution and one per
parameter of the linear layer.
"""

from collections.abc import Iterator
from typing import NamedTuple

from harness.core import Arch
from harness.spaces.mobile import Block, units_of

FEATURES = 6
"""The last 1x1 convolution makes this many times the channels of the last unit, as in MobileNetV3."""


class Skeleton(NamedTuple):
    """What a network is made of beside its blocks.

    The stem and the first unit have `channels`, the second unit twice as many; each unit's first block has the unit's
    stride.
    """

    classes: int
    channels: int = 16
    strides: tuple[int, int] = (2, 2)
    colours: int = 3


class Layer(NamedTuple):
    """Where a block stands: its unit, the channels that go in and come out, its stride."""

    unit: int
    inputs: int
    outputs: int
    stride: int


def layers(skeleton: Skeleton, depths: tuple[int, ...]) -> Iterator[Layer]:
    """The places of the blocks of units that are so deep, from stem to head."""
    inputs = skeleton.channels
    for unit, (depth, stride) in enumerate(zip(depths, skeleton.strides, strict=True)):
        outputs = skeleton.channels << unit
        for k in range(depth):
            yield Layer(unit, inputs, outputs, stride if k == 0 else 1)
            inputs = outputs


def last_channels(skeleton: Skeleton) -> int:
    """The channels that the last unit puts out."""
    return skeleton.channels << len(skeleton.strides) - 1


def parameters(arch: Arch, skeleton: Skeleton) -> int:
    """The number of trainable parameters of the network."""
    c, last = skeleton.channels, last_channels(skeleton)
    blocks = sum(sum(_weights(layer, block)) + 2 * _normed(layer, block) for layer, block in _placed(arch, skeleton))
    return 9 * skeleton.colours * c + 2 * c + blocks + FEATURES * last * (last + 2) + _linear(skeleton)


def flops(arch: Arch, skeleton: Skeleton, pixels: int) -> float:
    """Millions of multiply-adds for one image of `pixels` a side; a stride of 2 rounds an odd number up."""
    c, last = skeleton.channels, last_channels(skeleton)
    side, total = pixels, pixels**2 * 9 * skeleton.colours * c
    for layer, block in _placed(arch, skeleton):
        expand, rest = _weights(layer, block)
        total += side**2 * expand
        side = -(-side // layer.stride)
        total += side**2 * rest
    return (total + side**2 * FEATURES * last**2 + _linear(skeleton)) / 1e6


def _placed(arch: Arch, skeleton: Skeleton) -> list[tuple[Layer, Block]]:
    units = units_of(arch)
    blocks = [block for unit in units for block in unit]
    return list(zip(layers(skeleton, tuple(map(len, units))), blocks, strict=True))


def _weights(layer: Layer, block: Block) -> tuple[int, int]:
    """Of the 1x1 convolution that expands, and of the depthwise and the 1x1 convolution behind it."""
    width = layer.inputs * block.expansion
    return layer.inputs * width, width * (block.kernel**2 + layer.outputs)


def _normed(layer: Layer, block: Block) -> int:
    return 2 * layer.inputs * block.expansion + layer.outputs


def _linear(skeleton: Skeleton) -> int:
    return (FEATURES * last_channels(skeleton) + 1) * skeleton.classes
