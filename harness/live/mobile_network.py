"""The networks of the space `mobile`: inverted residual blocks as in MobileNetV3 (Howard et al., ICCV 2019, section 5).

A 3x3 stem; two units of blocks, the second with twice the channels; a 1x1 convolution to six times as many; global
average pool, linear. The first unit has ReLU, all else h-swish, which the paper keeps for the deeper half (section
5.2). Left out are squeeze-and-excite, which has no place in the space's decisions, and the fixed first block and the
second last layer, which are for large images. `harness.costs.mobile` has parameters and FLOPs by formula.
"""

import torch
from torch import Tensor, nn

from harness.core import Arch
from harness.costs.mobile import FEATURES, Layer, Skeleton, last_channels, layers
from harness.spaces.mobile import Block, units_of

SMALL = 16
"""Images of fewer pixels a side are halved once and not twice: a 5x5 kernel needs more than 2x2 points to differ."""


class MobileBlock(nn.Module):
    """Expand by a 1x1 convolution, filter each channel, project to the outputs; added to the input where that fits."""

    def __init__(self, layer: Layer, block: Block) -> None:
        super().__init__()
        width, kernel = layer.inputs * block.expansion, block.kernel
        self.expand = ConvBn(layer.inputs, width)
        self.depthwise = ConvBn(width, width, kernel, layer.stride, groups=width)
        self.project = ConvBn(width, layer.outputs)
        self.activation = activation(layer)
        self.adds = adds(layer)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, inputs, h, w) to (n, outputs, h / stride, w / stride), rounded up."""
        act = self.activation
        out: Tensor = self.project(act(self.depthwise(act(self.expand(x)))))
        return x + out if self.adds else out


class ConvBn(nn.Module):
    """Convolution without bias, batch norm."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, *, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, inputs, h, w) to (n, outputs, h / stride, w / stride), rounded up."""
        out: Tensor = self.norm(self.conv(x))
        return out


class MobileNetwork(nn.Module):
    """The network of an architecture; its weights are PyTorch's own defaults, drawn from `seed`.

    torch's global generator stays as it was.
    """

    def __init__(self, arch: Arch, skeleton: Skeleton, seed: int = 0) -> None:
        super().__init__()
        units = units_of(arch)
        places = layers(skeleton, tuple(map(len, units)))
        blocks = [block for unit in units for block in unit]
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            self.stem = stem(skeleton)
            self.blocks = nn.Sequential(*map(MobileBlock, places, blocks))
            self.head = head(skeleton)

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, classes) for images (n, colours, h, w)."""
        logits: Tensor = self.head(self.blocks(self.stem(images)))
        return logits


def skeleton_of(shape: tuple[int, int, int], channels: int) -> Skeleton:
    """The skeleton for images and classes, `shape` being (colours, pixels a side, classes)."""
    colours, pixels, classes = shape
    return Skeleton(classes, channels, (1, 2) if pixels < SMALL else (2, 2), colours)


def stem(skeleton: Skeleton) -> nn.Module:
    """A 3x3 convolution at full resolution."""
    return nn.Sequential(ConvBn(skeleton.colours, skeleton.channels, 3), nn.Hardswish())


def head(skeleton: Skeleton) -> nn.Module:
    """A 1x1 convolution, global average pool, linear."""
    last = last_channels(skeleton)
    pool = (nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(
        ConvBn(last, FEATURES * last), nn.Hardswish(), *pool, nn.Linear(FEATURES * last, skeleton.classes)
    )


def activation(layer: Layer) -> nn.Module:
    """ReLU in the first unit, h-swish in the second."""
    return nn.Hardswish() if layer.unit else nn.ReLU()


def adds(layer: Layer) -> bool:
    """Whether a block's input is added to its output."""
    return layer.stride == 1 and layer.inputs == layer.outputs
