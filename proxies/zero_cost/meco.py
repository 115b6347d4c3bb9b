"""Minimum eigenvalue of correlation (MeCo: Jiang et al., NeurIPS 2023, definition 3)."""

import math

import torch
from torch import Tensor

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._look import Look
from proxies.zero_cost._norms import each_image_alone
from proxies.zero_cost._recorder import Recorder

DEFINITION = Definition(
    "counted like any other: a layer with a constant channel adds 0",
    loss="none",
    batch_norm="statistics of the one image",
    images="one, of Gaussian noise",
)


@zero_cost(DEFINITION)
def meco(look: Look) -> float:
    """Sum over convolutions of the smallest eigenvalue of the correlation between the channels they give out.

    Equation 12, for one random image of the size of the batch's. Channels are correlated over positions, so that a
    layer with at least as many channels as positions adds 0. The published code also adds the output of every other
    module, containers included, which depends on how a network is written down.
    """
    image = torch.empty_like(look.images[:1]).normal_(generator=look.generator)
    with torch.no_grad(), each_image_alone(look.network), Recorder(look.network, None) as seen:
        look.network(image)
    maps = [z[0].flatten(1).double() for z in seen.outputs if z.dim() == 4]
    several = [z for z in maps if z.shape[1] > 1]
    return sum(_smallest_eigenvalue(z) for z in several) if several else math.nan


def _smallest_eigenvalue(channels: Tensor) -> float:
    """Of the correlation of channels (channels, positions); a constant one is correlated with none, nor with itself."""
    correlation = torch.corrcoef(channels).reshape(len(channels), -1).nan_to_num(0.0)
    return max(float(torch.linalg.eigvalsh(correlation)[0]), 0.0)
