"""What a formula asks of a network: the layers whose weights count, and a network without batch normalisation."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

WEIGHTED = (nn.Conv2d, nn.Linear)
"""The layers whose weights (never the biases) the published zero-cost proxies sum over (Abdelfattah et al., 2021)."""


def weights_of(network: nn.Module) -> list[Tensor]:
    """The weights of all convolutions and linear layers, in the order of the network."""
    return [module.weight for module in network.modules() if isinstance(module, WEIGHTED)]


def weight_names(network: nn.Module) -> list[str]:
    """The names of the weights of all convolutions and linear layers, in the order of the network."""
    return [f"{name}.weight".lstrip(".") for name, module in network.named_modules() if isinstance(module, WEIGHTED)]


def total(parts: Iterable[Tensor]) -> float:
    """The sum of scalars; 0 for none."""
    found = [part.detach().double() for part in parts]
    return torch.stack(found).sum().item() if found else 0.0


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


@contextmanager
def untouched(network: nn.Module) -> Iterator[None]:
    """Afterwards, every module is in training or not as it was, and running statistics are what they were."""
    training = {module: module.training for module in network.modules()}
    buffers = [(buffer, buffer.clone()) for buffer in network.buffers()]
    try:
        yield
    finally:
        for module, mode in training.items():
            module.training = mode
        for buffer, value in buffers:
            buffer.copy_(value)


def _identity(x: Tensor) -> Tensor:
    return x
