"""Parameters and FLOPs of the official NAS-Bench-201 network (Dong & Yang, ICLR 2020, section 2.1), by formula.

A 3x3 stem with 16 channels; three stages of five cells with 16, 32 and 64 channels, a residual block of stride 2
between them; batch norm, global average pool, linear. Counted as parameters: weights of convolutions (without bias),
scale and shift of batch norms, weights and bias of the linear layer. Counted as FLOPs, in millions: one per
multiply-add of a convolution, and one per parameter of the linear layer; pooling, additions, batch norm and
activations count nothing.
Operations that cannot matter are counted too: the official network builds them.
"""

from harness.core import Arch
from harness.errors import BadValue
from harness.spaces.nb201 import CONV1, CONV3

COLOURS = 3
CELLS = 5
WIDTHS = (16, 32, 64)
IMAGE_SIZE = {10: 32, 100: 32, 120: 16}
"""Pixels per side of the official data sets by their number of classes: CIFAR-10, CIFAR-100, ImageNet16-120."""

_KERNEL = {CONV1: 1, CONV3: 9}


def parameters(arch: Arch, classes: int) -> int:
    """The number of trainable parameters of the network with this cell."""
    stem = _conv(COLOURS, WIDTHS[0], 9) + 2 * WIDTHS[0]
    cells = sum(CELLS * (_conv(c, c, k) + 2 * c) for c in WIDTHS for k in _kernels(arch))
    blocks = sum(_block(c) + 4 * c for c in WIDTHS[1:])
    return stem + cells + blocks + 2 * WIDTHS[-1] + _linear(classes)


def flops(arch: Arch, classes: int, image_size: int | None = None) -> float:
    """Millions of multiply-adds for one image of `image_size` pixels a side, by default that of the official data set.

    Raises `BadValue` when there is no default, and for a size that the two strides of 2 do not divide.
    """
    pixels = _pixels(classes) if image_size is None else image_size
    if pixels < 4 or pixels % 4:
        raise BadValue(f"images of {pixels} pixels a side: the network halves them twice, so give a multiple of 4")
    areas = [(pixels // stride) ** 2 for stride in (1, 2, 4)]
    stem = areas[0] * _conv(COLOURS, WIDTHS[0], 9)
    cells = sum(CELLS * area * _conv(c, c, k) for area, c in zip(areas, WIDTHS, strict=True) for k in _kernels(arch))
    blocks = sum(area * _block(c) for area, c in zip(areas[1:], WIDTHS[1:], strict=True))
    return (stem + cells + blocks + _linear(classes)) / 1e6


def _kernels(arch: Arch) -> list[int]:
    """The kernel areas of the cell's convolutions."""
    return [_KERNEL[operation] for operation in arch if operation in _KERNEL]


def _conv(inputs: int, outputs: int, kernel: int) -> int:
    return inputs * outputs * kernel


def _block(width: int) -> int:
    """Weights of a residual block that doubles the channels: two 3x3 convolutions and a 1x1 one on the shortcut."""
    half = width // 2
    return _conv(half, width, 9) + _conv(width, width, 9) + _conv(half, width, 1)


def _linear(classes: int) -> int:
    return (WIDTHS[-1] + 1) * classes


def _pixels(classes: int) -> int:
    if classes not in IMAGE_SIZE:
        raise BadValue(f"no official data set of nb201 has {classes} classes: give {', '.join(map(str, IMAGE_SIZE))}")
    return IMAGE_SIZE[classes]
