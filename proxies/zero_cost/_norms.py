"""Batch normalisation of images that are seen one by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def each_image_alone(network: nn.Module) -> Iterator[None]:
    """Inside, batch normalisation treats every image as a batch of its own, and keeps no running statistics.

    A map of a single position, of which there is no deviation, becomes the normalisation's offset.
    """
    norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    for norm in norms:
        vars(norm)["forward"] = partial(_normalise, norm)  # an instance's own attribute hides the method of its class
    try:
        yield
    finally:
        for norm in norms:
            del vars(norm)["forward"]


def _normalise(norm: _BatchNorm, x: Tensor) -> Tensor:
    if x.dim() > 2 and x[0, 0].numel() > 1:
        return F.instance_norm(x, weight=norm.weight, bias=norm.bias, eps=norm.eps)
    zeros = torch.zeros_like(x)
    return zeros if norm.bias is None else zeros + norm.bias.view(1, -1, *(1,) * (x.dim() - 2))
