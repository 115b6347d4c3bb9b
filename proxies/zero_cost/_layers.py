"""What a formula asks of a network: the layers whose weights count, and a network without batch normalisation."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

WEIGHTED = (nn.Conv2d, nn.Linear)
"""The layers whose weights (never the biases) the published zero-cost proxies sum over (Abdelfattah et al., 2021)."""


def weight_names(network: nn.Module) -> list[str]:
    """The names of the weights of all convolutions and linear layers, in the order of the network."""
    return [f"{name}.weight".lstrip(".") for name, module in network.named_modules() if isinstance(module, WEIGHTED)]


@contextmanager
def without_batch_norm(network: nn.Module) -> Iterator[None]:
    """Inside, every batch normalisation hands its input on unchanged."""
    norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    for norm in norms:
        vars(norm)["forward"] = _identity  # an instance's own attribute hides the method of its class
    try:
        yield
    finally:
        for norm in norms:
            del vars(norm)["forward"]


def _identity(x: Tensor) -> Tensor:
    return x
