"""Floating-point operations of one image, in the field's sense of multiply-adds."""

import torch
from torch import Tensor, nn

from harness.core import Benchmark, Proxy
from proxies.zero_cost._cost import cost
from proxies.zero_cost._layers import WEIGHTED


def flops(benchmark: Benchmark, *, seed: int) -> Proxy:
    """The table's `flops`, else the millions of multiply-adds of all convolutions and linear layers for one image.

    A bias counts one per output; normalisation, activations and pooling count nothing. The same for every seed; more is
    believed better.
    """
    return cost(benchmark, "flops", _count)


def _count(network: nn.Module, image: Tensor) -> float:
    counts: list[int] = []

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        counts.append(output.numel() * (module.get_parameter("weight")[0].numel() + (module.bias is not None)))

    layers = [module for module in network.modules() if isinstance(module, WEIGHTED)]
    handles = [layer.register_forward_hook(count) for layer in layers]
    with torch.inference_mode():
        network.eval()(image)
    for handle in handles:
        handle.remove()
    return sum(counts) / 1e6
