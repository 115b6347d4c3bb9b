"""Inverse coefficient of variation of gradients (ZiCo: Li et al., ICLR 2023, definition 2)."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._look import Look

BATCHES = 2
"""As many as the paper uses; they are the two halves of the batch."""


@zero_cost(Definition("undefined: no gradient reaches a weight", batch_norm="statistics of each half batch"))
def zico(look: Look) -> float:
    """Sum over layers of log(sum over weights of the mean of |g| / the standard deviation of |g|), equation 15.

    g is the gradient of the mean cross entropy over one of two halves of the batch. Weights whose |g| does not vary
    don't count, nor do layers without others. The published code has the deviation of g in place of that of |g|.
    """
    halves = zip(look.images.tensor_split(BATCHES), look.labels.tensor_split(BATCHES), strict=True)
    gradients = [_gradients(look, images, labels) for images, labels in halves]
    layers = [_ratio(torch.stack(layer).abs().double()) for layer in zip(*gradients, strict=True)]
    logs = [math.log(ratio) for ratio in layers if ratio > 0]
    return sum(logs) if logs else math.nan


def _gradients(look: Look, images: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
    loss = F.cross_entropy(look.network(images), labels)
    return torch.autograd.grad(loss, look.weights, materialize_grads=True)


def _ratio(sizes: Tensor) -> float:
    """From |g| of one layer, shape (batches, ...)."""
    mean, deviation = sizes.mean(0), sizes.std(0, correction=0)
    varies = deviation > 0
    return float((mean[varies] / deviation[varies]).sum())
