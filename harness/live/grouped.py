"""Networks of one skeleton and different cells as one network that computes them side by side.

Every layer that all have becomes one grouped layer, so that no value and no gradient crosses from one network to
another; their cells become one in which what is alike is computed together (`harness.live.grouped_cells`).
"""

import copy
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from harness.errors import BadValue
from harness.live.grouped_cells import GroupedCells, GroupedConv, grouped_norm
from harness.live.network import Cell, CellNetwork
from harness.live.official_network import OfficialCell, OfficialNetwork


class GroupedLinear(nn.Module):
    """A linear layer for each network."""

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.stack([layer.weight.detach().T for layer in layers]))
        self.bias = nn.Parameter(torch.stack([layer.bias.detach() for layer in layers]))

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, networks x inputs) to (n, networks, outputs)."""
        each = x.view(len(x), len(self.weight), -1).transpose(0, 1)
        return torch.baddbmm(self.bias[:, None], each, self.weight).transpose(0, 1)


def grouped(networks: Sequence[CellNetwork] | Sequence[OfficialNetwork]) -> nn.Module:
    """One network with copies of their weights: images (n, colours, h, w) to logits (n, networks, classes).

    The images are the same for all networks, or each has its own beside the others': (n, networks x colours, h, w).
    Raises `BadValue` unless all have one skeleton: of digits201, or of NAS-Bench-201, with the same channels and cells.
    """
    if len({_skeleton(network) for network in networks}) != 1:
        raise BadValue("networks side by side: give some that differ in the operations of their cells alone")
    whole = _grouped(networks)
    if isinstance(whole, CellNetwork):
        whole.groups = len(networks)
    return whole


def _skeleton(network: nn.Module) -> tuple[Any, ...]:
    """What all networks side by side have in common: their layers but for the cells."""
    if isinstance(network, Cell | OfficialCell):
        return (type(network),)
    own = tuple(weights.shape for weights in network.parameters(recurse=False))
    return (type(network), own, *(_skeleton(child) for child in network.children()))


def _grouped(modules: Sequence[nn.Module]) -> nn.Module:
    first: Any = modules[0]
    for kind, join in _JOINED.items():
        if isinstance(first, kind):
            return cast(nn.Module, join(cast(Any, modules)))
    whole = copy.deepcopy(first)
    for name, _ in first.named_children():
        setattr(whole, name, _grouped([getattr(module, name) for module in modules]))
    return cast(nn.Module, whole)


_JOINED: dict[type[nn.Module], Any] = {
    Cell: GroupedCells,
    OfficialCell: GroupedCells,
    nn.Conv2d: GroupedConv,
    nn.BatchNorm2d: grouped_norm,
    nn.Linear: GroupedLinear,
}
