"""Parameters and FLOPs of the official network of NATS-Bench's size space (Dong et al., TPAMI 2021, section 3.1).

A 3x3 stem; a cell; a residual block of stride 2 and a cell, twice; batch norm, global average pool, linear. The widths
c1 to c5 are those of cell, block, cell, block, cell; the stem has c1 too. With `i` channels in and `o` out,

    cell   18io + 27oo, and io for the projection of its skip where i is not o; 5 batch norms, 6 with a projection
    block  10io + 9oo; 2 batch norms
    stem   27o; 1 batch norm

are weights of convolutions, none with a bias. What counts is what counts in `harness.costs.nb201`: as parameters also
scale and shift of batch norms, weights and bias of the linear layer; as FLOPs, in millions, one per multiply-add of a
convolution and one per parameter of the linear layer.
"""

from harness.core import Arch
from harness.costs.nb201 import COLOURS, IMAGE_SIZE
from harness.errors import BadValue
from harness.spaces.nats_sss import channels


def parameters(arch: Arch, classes: int) -> int:
    """The number of trainable parameters of the network with these widths."""
    c1, c2, c3, c4, c5 = channels(arch)
    normed = c1 + _normed(c1, c1) + 2 * c2 + _normed(c2, c3) + 2 * c4 + _normed(c4, c5) + c5
    return sum(_weights(arch)) + 2 * normed + (c5 + 1) * classes


def flops(arch: Arch, classes: int, image_size: int | None = None) -> float:
    """Millions of multiply-adds for one image of `image_size` pixels a side, by default that of the official data set.

    Raises `BadValue` when there is no default, and for a size that the two strides of 2 do not divide.
    """
    pixels = _pixels(classes) if image_size is None else image_size
    if pixels < 4 or pixels % 4:
        raise BadValue(f"images of {pixels} pixels a side: the network halves them twice, so give a multiple of 4")
    full, half, quarter = _weights(arch)
    convolutions = pixels**2 * full + (pixels // 2) ** 2 * half + (pixels // 4) ** 2 * quarter
    return (convolutions + (channels(arch)[-1] + 1) * classes) / 1e6


def _weights(arch: Arch) -> tuple[int, int, int]:
    """The weights of the convolutions that work at full, half and quarter resolution."""
    c1, c2, c3, c4, c5 = channels(arch)
    return 9 * COLOURS * c1 + _cell(c1, c1), _block(c1, c2) + _cell(c2, c3), _block(c3, c4) + _cell(c4, c5)


def _cell(inputs: int, outputs: int) -> int:
    """Two 3x3 convolutions and a skip leave the cell's input, three 3x3 convolutions its inner nodes."""
    projection = inputs * outputs if inputs != outputs else 0
    return 18 * inputs * outputs + 27 * outputs**2 + projection


def _block(inputs: int, outputs: int) -> int:
    """Two 3x3 convolutions and a 1x1 one on the shortcut."""
    return 10 * inputs * outputs + 9 * outputs**2


def _normed(inputs: int, outputs: int) -> int:
    """The channels that a cell's batch norms normalise."""
    return (5 + (inputs != outputs)) * outputs


def _pixels(classes: int) -> int:
    if classes not in IMAGE_SIZE:
        raise BadValue(
            f"no official data set of nats_sss has {classes} classes: give {', '.join(map(str, IMAGE_SIZE))}"
        )
    return IMAGE_SIZE[classes]
