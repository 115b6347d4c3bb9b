"""Fisher information of channels (Turner et al., BlockSwap, ICLR 2020; Abdelfattah et al., ICLR 2021, equation 2)."""

import torch
from torch import Tensor, nn

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._layers import total
from proxies.zero_cost._look import Look


@zero_cost(Definition("0: no gradient reaches a channel"))
def fisher(look: Look) -> float:
    """Sum over the channels of convolutions and linear layers of the Fisher information of what they give out.

    A channel's is half the square of the sum over positions of activation times gradient, averaged over the batch; it
    counts once for each weight that feeds the channel, as published code has it.
    """
    seen = look.forward
    channels = zip(seen.layers, seen.outputs, look.gradients.outputs, strict=True)
    return total(_information(z, g).sum() * _weights_per_channel(layer) for layer, z, g in channels)


def _information(z: Tensor, g: Tensor) -> Tensor:
    """Shape (channels,), from activations and gradients (n, channels, ...)."""
    product = z.detach() * g.detach()
    sums = product.sum(tuple(range(2, z.dim()))) if z.dim() > 2 else product
    return torch.square(sums).mean(0) / 2


def _weights_per_channel(layer: nn.Module) -> int:
    return layer.get_parameter("weight")[0].numel()
