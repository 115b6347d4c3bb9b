"""The networks of the space `conv_chain`, and what makes them grow (Chen, Goodfellow & Shlens, Net2Net, ICLR 2016)."""

import numpy as np
import torch
from torch import Tensor, nn

from harness.core import Arch
from harness.live.net2net import net2deeper, net2wider
from harness.live.task import Shape
from harness.spaces.conv_chain import DEPTH, WIDTHS, arch_of, stages

NOISE = 0.01
"""What parts the copies of a channel, in standard deviations of its weights."""


def chain_network(arch: Arch, shape: Shape, seed: int) -> nn.Sequential:
    """3x3 convolution, batch norm, ReLU for each layer; a max pooling between the stages; global pool, linear.

    Its weights are PyTorch's own defaults, drawn from `seed`; torch's global generator stays as it was.
    """
    layers: list[nn.Module] = []
    channels = shape.colours
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        for k, widths in enumerate(stages(arch)):
            if k:
                layers.append(nn.MaxPool2d(2))
            for width in widths:
                conv = nn.Conv2d(channels, width, 3, padding=1, bias=False)
                layers += [conv, nn.BatchNorm2d(width), nn.ReLU()]
                channels = width
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, shape.classes)]
    return nn.Sequential(*layers)


def grown(network: nn.Sequential, arch: Arch, images: Tensor, rng: np.random.Generator) -> tuple[nn.Sequential, Arch]:
    """One random layer made wider or put behind another one: the network, of the same function, and its architecture.

    `images` are what batch norms of new layers get their statistics from. What can grow no more comes back as it is.
    """
    widths = [list(stage) for stage in stages(arch)]
    spots = _spots(widths)
    if not spots:
        return network, arch
    stage, k, deeper = spots[int(rng.integers(len(spots)))]
    at = 3 * (sum(map(len, widths[:stage])) + k) + stage  # a layer is three modules, and a pooling is before a stage
    if deeper:
        network = net2deeper(network, at + 2, images)
        widths[stage].insert(k + 1, widths[stage][k])
    else:
        wider = [width for width in WIDTHS if width > widths[stage][k]]
        widths[stage][k] = wider[int(rng.integers(len(wider)))]
        network = net2wider(network, at, widths[stage][k], rng, NOISE)
    return network, arch_of(tuple(map(tuple, widths)))


def _spots(widths: list[list[int]]) -> list[tuple[int, int, bool]]:
    """The growths that there are: stage, layer, and whether one is put behind it (or it is made wider)."""
    layers = [(s, k) for s, stage in enumerate(widths) for k in range(len(stage))]
    deeper = [(s, k, True) for s, k in layers if len(widths[s]) < DEPTH]
    return [*deeper, *((s, k, False) for s, k in layers if widths[s][k] < max(WIDTHS))]
