"""Small fully connected networks of one shape, trained side by side: each layer is one stacked product for all."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Activation = Literal["relu", "tanh"]
Array = NDArray[np.float64]

RATE = 0.01
DECAY_1, DECAY_2, EPSILON = 0.9, 0.999, 1e-8


class Networks:
    """`count` networks from `columns` inputs through layers of these `widths` to one output.

    Weights are drawn with variance 2 / inputs for `relu` (He et al., ICCV 2015) and 1 / inputs for `tanh`; biases begin
    at 0. All parameters lie in one vector, so that a step of Adam is a few operations however deep the networks are.
    """

    def __init__(
        self, columns: int, widths: Sequence[int], count: int, activation: Activation, rng: np.random.Generator
    ) -> None:
        self._relu = activation == "relu"
        shapes = list(zip([columns, *widths], [*widths, 1], strict=True))
        size = count * sum((inputs + 1) * outputs for inputs, outputs in shapes)
        self._parameters, self._gradient = np.zeros(size), np.zeros(size)
        self._layers = _views(self._parameters, shapes, count)
        self._slopes = _views(self._gradient, shapes, count)
        for (inputs, _), (weights, _) in zip(shapes, self._layers, strict=True):
            weights[:] = rng.normal(size=weights.shape) * np.sqrt((2 if self._relu else 1) / max(inputs, 1))

    def train(self, rows: Array, losses: Array, epochs: int, *, absolute: bool) -> None:
        """Steps of Adam (Kingma & Ba, ICLR 2015, Algorithm 1) on the mean absolute or squared error of all rows."""
        first, second = np.zeros_like(self._parameters), np.zeros_like(self._parameters)
        for step in range(1, epochs + 1):
            hidden = self._hidden(rows)
            error = self._output(hidden[-1]) - losses[:, None]
            self._backward(hidden, (np.sign(error) if absolute else 2 * error) / len(rows))
            first += (1 - DECAY_1) * (self._gradient - first)
            second += (1 - DECAY_2) * (self._gradient**2 - second)
            rate = RATE * np.sqrt(1 - DECAY_2**step) / (1 - DECAY_1**step)
            self._parameters -= rate * first / (np.sqrt(second) + EPSILON)

    def outputs(self, rows: Array) -> Array:
        """What each network answers, shape (networks, rows)."""
        answers: Array = self._output(self._hidden(rows)[-1])[..., 0]
        return answers

    def basis(self, rows: Array) -> Array:
        """The last hidden layer, shape (networks, rows, width)."""
        return self._hidden(rows)[-1]

    def _hidden(self, rows: Array) -> list[Array]:
        """The rows, then what each hidden layer makes of the one before."""
        hidden = [rows]
        for weights, biases in self._layers[:-1]:
            sums = hidden[-1] @ weights
            sums += biases
            hidden.append(np.maximum(sums, 0, out=sums) if self._relu else np.tanh(sums, out=sums))
        return hidden

    def _output(self, last: Array) -> Array:
        weights, biases = self._layers[-1]
        return np.asarray(last @ weights + biases)

    def _backward(self, hidden: Sequence[Array], slope: Array) -> None:
        """Fill the gradient from the loss's slope in the outputs, shape (networks, rows, 1)."""
        for layer in range(len(hidden) - 1, -1, -1):
            weights, biases = self._slopes[layer]
            np.matmul(hidden[layer].swapaxes(-1, -2), slope, out=weights)
            np.sum(slope, axis=1, keepdims=True, out=biases)
            if layer:
                slope = slope @ self._layers[layer][0].swapaxes(1, 2)
                slope *= hidden[layer] > 0 if self._relu else 1 - hidden[layer] ** 2


def _views(vector: Array, shapes: Sequence[tuple[int, int]], count: int) -> list[tuple[Array, Array]]:
    """The parts of the vector as each layer's weights (networks, inputs, outputs) and biases (networks, 1, outputs)."""
    views, start = [], 0
    for inputs, outputs in shapes:
        middle, end = start + count * inputs * outputs, start + count * (inputs + 1) * outputs
        views.append(
            (vector[start:middle].reshape(count, inputs, outputs), vector[middle:end].reshape(count, 1, outputs))
        )
        start = end
    return views
