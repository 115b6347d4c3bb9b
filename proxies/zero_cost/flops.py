"""Floating-point operations of one image, in the field's sense of multiply-adds."""

import torch
from torch import Tensor, nn

from proxies.zero_cost._adapter import zero_cost
from proxies.zero_cost._layers import WEIGHTED
from proxies.zero_cost._look import Look
from proxies.zero_cost.params import COUNTED


@zero_cost(COUNTED, tabulated=True)
def flops(look: Look) -> float:
    """The table's `flops`, else the millions of multiply-adds of all convolutions and linear layers for one image.

    A bias counts one per output; normalisation, activations and pooling count nothing. The same for every seed.
    """
    counts: list[int] = []

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        counts.append(output.numel() * (module.get_parameter("weight")[0].numel() + (module.bias is not None)))

    layers = [module for module in look.network.modules() if isinstance(module, WEIGHTED)]
    handles = [layer.register_forward_hook(count) for layer in layers]
    with torch.inference_mode():
        look.network.eval()(look.images[:1])
    look.network.train()
    for handle in handles:
        handle.remove()
    return sum(counts) / 1e6
