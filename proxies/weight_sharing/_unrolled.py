"""The second-order gradient of DARTS (Liu et al., ICLR 2019, section 2.3)."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor

Loss = Callable[[], Tensor]
"""Computes a loss with the parameters as they are."""

Step = Callable[[Sequence[Tensor]], Sequence[Tensor]]
"""Maps the gradients of the weights to the direction that a step takes away; it knows of momentum and decay."""


class Point(NamedTuple):
    """Where the losses are looked at: architecture parameters and weights, the tensors that are trained."""

    alphas: Sequence[Tensor]
    weights: Sequence[Tensor]


def unrolled(train: Loss, valid: Loss, point: Point, step: Step, rate: float) -> tuple[Tensor, list[Tensor]]:
    """The validation loss after one step w' = w - rate * step(gradient) down the training loss, and its gradient.

    The gradient is with respect to the architecture parameters (equation 7). The weights are where they were
    afterwards, to the bit.
    """
    direction = step(_gradient(train(), point.weights))
    with _moved(point.weights, direction, -rate):
        loss = valid()
        gradient = _gradient(loss, [*point.alphas, *point.weights])
    product = mixed_product(train, point, gradient[len(point.alphas) :])
    return loss.detach(), [g - rate * h for g, h in zip(gradient, product, strict=False)]


def mixed_product(train: Loss, point: Point, vector: Sequence[Tensor]) -> list[Tensor]:
    """The second derivative of the loss by architecture parameters and weights, times a vector of the weights' shapes.

    By finite differences, epsilon = 0.01 / |vector| (equation 8); zeros for a vector of zeros.
    """
    norm = float(torch.linalg.vector_norm(torch.stack(torch._foreach_norm(list(vector)))))
    if norm == 0.0:
        return [torch.zeros_like(alpha) for alpha in point.alphas]
    epsilon = 0.01 / norm
    with _moved(point.weights, vector, epsilon):
        above = _gradient(train(), point.alphas)
    with _moved(point.weights, vector, -epsilon):
        below = _gradient(train(), point.alphas)
    return [(a - b) / (2 * epsilon) for a, b in zip(above, below, strict=True)]


def velocity(optimizer: torch.optim.SGD) -> Step:
    """The direction of a step of SGD with this optimizer's decay and momentum; Nesterov's look-ahead is left out."""
    (group,) = optimizer.param_groups
    decay, momentum, weights = group["weight_decay"], group["momentum"], group["params"]

    def direction(gradients: Sequence[Tensor]) -> list[Tensor]:
        found = torch._foreach_add(list(gradients), weights, alpha=decay)
        moving = [(d, v) for d, w in zip(found, weights, strict=True) if (v := _buffer(optimizer, w)) is not None]
        for d, v in moving:
            d.add_(v, alpha=momentum)
        return list(found)

    return direction


def _buffer(optimizer: torch.optim.SGD, weight: Tensor) -> Tensor | None:
    found: Tensor | None = optimizer.state[weight].get("momentum_buffer")
    return found


def _gradient(loss: Tensor, parameters: Sequence[Tensor]) -> list[Tensor]:
    """The gradients; zeros for what the loss does not depend on."""
    return list(torch.autograd.grad(loss, list(parameters), materialize_grads=True))


@contextmanager
def _moved(weights: Sequence[Tensor], direction: Sequence[Tensor], factor: float) -> Iterator[None]:
    """The weights with `factor` times the direction added, while the block runs."""
    with torch.no_grad():
        start = [w.clone() for w in weights]
        torch._foreach_add_(list(weights), list(direction), alpha=factor)
    yield
    with torch.no_grad():
        torch._foreach_copy_(list(weights), start)
