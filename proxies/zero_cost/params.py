"""The number of trainable parameters, the baseline that a proxy has to beat."""

from torch import Tensor, nn

from harness.core import Benchmark, Proxy
from proxies.zero_cost._cost import cost


def params(benchmark: Benchmark, *, seed: int) -> Proxy:
    """The table's `params`, else counted on the built network; the same for every seed. More is believed better."""
    return cost(benchmark, "params", _count)


def _count(network: nn.Module, image: Tensor) -> float:
    return float(sum(parameter.numel() for parameter in network.parameters()))
