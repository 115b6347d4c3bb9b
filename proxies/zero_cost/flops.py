"""Floating-point operations of one image, in the field's sense of multiply-adds."""

import torch
from torch import Tensor, nn

from harness.core import Benchmark, Proxy
from proxies.zero_cost._cost import cost
from proxies.zero_cost._layers import WEIGHTED


def flops(benchmark: Benchmark, *, seed: int) -> Proxy:
    """The table's `flops`, else the multiply-adds of all convolutions and linear layers of the built network.

    The same for every seed; more is believed better. Units are those of the table, or single multiply-adds.
    """
    return cost(benchmark, "flops", _count)


def _count(network: nn.Module, image: Tensor) -> float:
    counts: list[int] = []

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        counts.append(output.numel() * module.get_parameter("weight")[0].numel())

    layers = [module for module in network.modules() if isinstance(module, WEIGHTED)]
    handles = [layer.register_forward_hook(count) for layer in layers]
    with torch.inference_mode():
        network.eval()(image)
    for handle in handles:
        handle.remove()
    return float(sum(counts))
