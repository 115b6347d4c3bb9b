"""Cells whose convolutions a hypernetwork generates from the encoding of the cell."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from harness.core import Arch
from harness.live.official_network import ReluConvBn
from harness.spaces.nb201 import CONV1, CONV3
from proxies.weight_sharing._cells import live
from proxies.weight_sharing._edge import MixedEdge
from proxies.weight_sharing._shared import Mixture, SharedNetwork


class Slot(NamedTuple):
    """A convolution whose weight is generated: its edge in the cell, its option there, the weight's name and shape."""

    edge: int
    option: int
    name: str
    shape: tuple[int, ...]


class Filters(nn.Module):
    """Generates the convolutions of one shape, filter by filter.

    A hidden layer sees the cell's encoding, and a linear layer makes the filter of it. Their weights are the same for
    all filters, their biases are each filter's own. What the layers say of the encoding is taken `share` times. A
    filter is divided by its Euclidean norm.
    """

    def __init__(self, slots: Sequence[Slot], inputs: int, hidden: int, share: float) -> None:
        super().__init__()
        self.slots, self.share = list(slots), share
        outputs, *rest = slots[0].shape
        self.encode = nn.Linear(inputs, hidden, bias=False)
        weights = int(np.prod(rest))
        self.which = nn.Parameter(torch.randn(len(slots), outputs, hidden))
        self.write = nn.Linear(hidden, weights, bias=False)
        self.bias = nn.Parameter(torch.randn(len(slots), outputs, weights) * (3 * weights) ** -0.5)

    def forward(self, encoding: Tensor, numbers: Sequence[int]) -> Tensor:
        """The weights, shape (numbers, *shape of the slots), of the slots with these numbers."""
        chosen = torch.tensor(numbers, device=encoding.device)
        hidden = F.relu(self.encode(encoding) + self.which[chosen])
        filters = F.normalize(self.share * self.write(hidden) + self.bias[chosen], dim=-1)
        return filters.view(len(numbers), *self.slots[0].shape)


class HyperNetwork(SharedNetwork):
    """A supernet of cells that gets, for each mixture, the weights of the operations on its edges from `Filters`.

    Stem, head, what stands between the cells, and the scales and shifts of batch norms are learned as usual. The
    encoding holds the mixture's weight of every option of every edge: one-hot per edge for an architecture.
    """

    def __init__(self, cells: SharedNetwork, hidden: int, share: float) -> None:
        super().__init__()
        self.cells, self.options, self.skips = cells, cells.options, cells.skips
        by_shape: dict[tuple[int, ...], list[Slot]] = {}
        for slot in _slots(cells):
            by_shape.setdefault(slot.shape, []).append(slot)
            cells.get_parameter(slot.name).requires_grad_(False)  # a place that the generated weight takes
        self.filters = nn.ModuleList(Filters(slots, sum(self.options), hidden, share) for slots in by_shape.values())

    def forward(self, images: Tensor, mixture: Mixture) -> Tensor:
        """Logits (n, classes) for images (n, colours, h, w)."""
        weights = self.weights(mixture)
        logits: Tensor = (
            functional_call(self.cells, weights, (images, mixture)) if weights else self.cells(images, mixture)
        )
        return logits

    def mixture(self, arch: Arch) -> Mixture:
        """As the network of cells has it."""
        return self.cells.mixture(arch)

    def discretise(self, strengths: Sequence[NDArray[np.float64]]) -> Arch:
        """As the network of cells has it."""
        return self.cells.discretise(strengths)

    def weights(self, mixture: Mixture) -> dict[str, Tensor]:
        """The generated weight of every convolution that the mixture computes, by its name in the network of cells."""
        encoding, edges = self.encoding(mixture), set(live(mixture))
        found: dict[str, Tensor] = {}
        for filters in self.filters:
            assert isinstance(filters, Filters)  # a ModuleList does not say what it holds
            slots = filters.slots
            used = [k for k, slot in enumerate(slots) if slot.edge in edges and slot.option in mixture[slot.edge]]
            if used:
                found |= {slots[k].name: weight for k, weight in zip(used, filters(encoding, used), strict=True)}
        return found

    def encoding(self, mixture: Mixture) -> Tensor:
        """The weights of all options, edge after edge, shape (sum of options,)."""
        rows = [[weights.get(k, 0.0) for k in range(n)] for weights, n in zip(mixture, self.options, strict=True)]
        device = next(self.cells.parameters()).device
        return torch.stack(
            [torch.as_tensor(value, dtype=torch.float32, device=device) for row in rows for value in row]
        )


def _slots(cells: SharedNetwork) -> Iterator[Slot]:
    """The convolutions on the edges of all cells."""
    for name, module in cells.named_modules():
        if isinstance(module, MixedEdge):
            edge = int(name.rsplit(".", 1)[1])
            for option, own, operation in ((CONV1, "conv1", module.conv1), (CONV3, "conv3", module.conv3)):
                yield Slot(edge, option, f"{name}.{own}.1.weight", tuple(_weight(operation).shape))


def _weight(operation: ReluConvBn) -> Tensor:
    convolution = operation[1]
    assert isinstance(convolution, nn.Conv2d)  # what ReluConvBn consists of
    return convolution.weight
