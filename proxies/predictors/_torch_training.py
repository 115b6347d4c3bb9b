"""Small torch networks of one shape, trained side by side: each weight has the networks as its first axis."""

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

import torch
from torch import Tensor

Weights = Mapping[str, Tensor]
"""Matrices by name, each of shape (networks, inputs, outputs)."""

PRECISION = torch.float64
"""In single precision the last digits of the losses would decide where a training ends."""

BATCH = 32
"""Rows of a step."""

DECAY_1, DECAY_2, EPSILON = 0.9, 0.999, 1e-8


class Ensemble:
    """`count` networks with matrices of these shapes (inputs, outputs); several cost little more than one.

    Matrices are drawn with variance 2 / (inputs + outputs) (Glorot & Bengio, AISTATS 2010, equation 12); those whose
    name begins with `bias` are 0 at first. All lie in one vector, so that a step of Adam is a few operations.
    `generator` is the only source of chance.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, int]], count: int, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self._shapes, self._count = dict(shapes), count
        drawn = [self._draw(name) for name in self._shapes]
        self._sizes = [matrix.numel() for matrix in drawn]
        self._vector = torch.cat([matrix.flatten() for matrix in drawn])

    @property
    def weights(self) -> Weights:
        """The matrices as they are now."""
        return self._cut(self._vector)

    def minimise(self, loss: Callable[[Weights], Tensor], steps: int, rate: float) -> None:
        """Take steps of Adam (Kingma & Ba, ICLR 2015, Algorithm 1) on a loss that is summed over networks.

        The rate falls to 0 along a cosine (Loshchilov & Hutter, ICLR 2017, equation 5).
        """
        first, second = torch.zeros_like(self._vector), torch.zeros_like(self._vector)
        for step in range(1, steps + 1):
            slope = self._slope(loss)
            first.lerp_(slope, 1 - DECAY_1)
            second.lerp_(slope.square(), 1 - DECAY_2)
            root = (second / (1 - DECAY_2**step)).sqrt_().add_(EPSILON)
            now = rate * (1 + math.cos(math.pi * (step - 1) / steps)) / 2
            self._vector.addcdiv_(first, root, value=-now / (1 - DECAY_1**step))

    def _slope(self, loss: Callable[[Weights], Tensor]) -> Tensor:
        with torch.enable_grad():
            vector = self._vector.detach().requires_grad_()
            (slope,) = torch.autograd.grad(loss(self._cut(vector)), vector)
        return slope

    def _draw(self, name: str) -> Tensor:
        inputs, outputs = self._shapes[name]
        matrix = torch.randn(self._count, inputs, outputs, generator=self.generator, dtype=PRECISION)
        return matrix * (0.0 if name.startswith("bias") else math.sqrt(2 / (inputs + outputs)))

    def _cut(self, vector: Tensor) -> Weights:
        parts = torch.split(vector, self._sizes)
        named = zip(self._shapes.items(), parts, strict=True)
        return {name: part.view(self._count, *shape) for (name, shape), part in named}


def layers_of(name: str, *widths: int) -> dict[str, tuple[int, int]]:
    """The matrices and biases of fully connected layers between these widths."""
    shapes: dict[str, tuple[int, int]] = {}
    for layer, shape in enumerate(pairwise(widths)):
        shapes |= {f"{name}{layer}": shape, f"bias_{name}{layer}": (1, shape[1])}
    return shapes


def through(weights: Weights, name: str, inputs: Tensor) -> Tensor:
    """What the layers of this name make of inputs, shape (networks, rows, width); ReLU between them."""
    layer = 0
    while f"{name}{layer}" in weights:
        inputs = torch.relu(inputs) if layer else inputs
        inputs = torch.baddbmm(weights[f"bias_{name}{layer}"], inputs, weights[f"{name}{layer}"])
        layer += 1
    return inputs


def batches(rows: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """The places of `size` rows, or of all where there are fewer, without end; each pass is in a new order.

    A pass leaves out the rows that fill no batch.
    """
    size = min(size, rows)
    while True:
        order = torch.randperm(rows, generator=generator)
        yield from torch.split(order[: rows // size * size], size)
