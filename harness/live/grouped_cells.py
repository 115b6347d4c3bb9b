"""Different cells of NAS-Bench-201 side by side: what they have in common is computed at once."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness.errors import BadValue
from harness.live.network import Cell
from harness.live.official_network import OfficialCell
from harness.spaces.nb201 import CONV1, CONV3, EDGES, Edge, live_edges


class GroupedConv(nn.Module):
    """A convolution for each network, of one input that all share or of an input for each."""

    def __init__(self, convs: Sequence[nn.Conv2d]) -> None:
        super().__init__()
        self.stride, self.padding = convs[0].stride, cast("tuple[int, int]", convs[0].padding)
        self.weight = nn.Parameter(torch.cat([conv.weight.detach() for conv in convs]))
        biases = [conv.bias.detach() for conv in convs if conv.bias is not None]
        self.bias = nn.Parameter(torch.cat(biases)) if biases else None

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, inputs, h, w) or (n, networks x inputs, h, w) to (n, networks x outputs, h, w)."""
        groups = x.shape[1] // self.weight.shape[1]
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding, groups=groups)


def grouped_norm(norms: Sequence[nn.BatchNorm2d]) -> nn.BatchNorm2d:
    """The batch norms of several networks as one."""
    first = norms[0]
    whole = nn.BatchNorm2d(sum(norm.num_features for norm in norms), first.eps, first.momentum).to(first.weight)
    with torch.no_grad():
        for name in ("weight", "bias", "running_mean", "running_var"):
            getattr(whole, name).copy_(torch.cat([getattr(norm, name) for norm in norms]))
    return whole


class Term(NamedTuple):
    """What an edge of one network's cell adds to its target."""

    network: int
    edge: Edge
    operation: nn.Module


class Alike(nn.Module):
    """One operation wherever it starts at one node: in all networks, on all edges, each with its own weights."""

    networks: Tensor

    def __init__(self, terms: Sequence[Term]) -> None:
        super().__init__()
        terms = sorted(terms, key=lambda term: term.edge.target)
        self.targets = [(target, len(list(same))) for target, same in groupby(term.edge.target for term in terms)]
        self.operation = _joined([term.operation for term in terms], terms[0].edge.operation)
        self.register_buffer("networks", torch.tensor([term.network for term in terms]), persistent=False)

    def forward(self, chosen: Tensor, nodes: Sequence[Tensor], dim: int) -> None:
        """Add what it makes of its networks' values to its targets; all are `apart`, the networks in dimension dim."""
        out = apart(self.operation(together(chosen, dim)), len(self.networks), dim)
        begin = 0
        for target, size in self.targets:
            part = out.narrow(dim, begin, size).to(nodes[target].dtype)
            nodes[target].index_add_(dim, self.networks[begin : begin + size], part)
            begin += size


class Fan(nn.Module):
    """All that starts at one node."""

    def __init__(self, terms: Sequence[Term]) -> None:
        super().__init__()
        self.source = terms[0].edge.source
        self.kinds = nn.ModuleList(Alike(list(alike)) for _, alike in groupby(terms, lambda term: term.edge.operation))

    def forward(self, nodes: Sequence[Tensor], dim: int) -> None:
        """Add to the nodes behind it."""
        kinds = cast("list[Alike]", list(self.kinds))
        for kind, chosen in zip(
            kinds, _select(nodes[self.source], dim, [kind.networks for kind in kinds]), strict=True
        ):
            kind(chosen, nodes, dim)


class GroupedCells(nn.Module):
    """The cells of several networks; what cannot matter is not computed.

    What takes time is how many different operations start at a node, and not how many networks there are.
    """

    def __init__(self, cells: Sequence[Cell | OfficialCell]) -> None:
        super().__init__()
        self.count = len(cells)
        terms = [Term(k, *live) for k, cell in enumerate(cells) for live in _live(cell)]
        terms.sort(key=lambda term: (term.edge.source, term.edge.operation))
        self.fans = nn.ModuleList(Fan(list(same)) for _, same in groupby(terms, lambda term: term.edge.source))

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, networks x channels, h, w) in and out; zeros for a network where no path reaches the output."""
        dim = 3 if x.is_contiguous(memory_format=torch.channels_last) else 1
        first = apart(x, self.count, dim)
        nodes = [first, *(torch.zeros_like(first) for _ in range(3))]
        for fan in self.fans:  # in the order of their sources: a node is complete before anything starts at it
            fan(nodes, dim)
        return together(nodes[3], dim)


def apart(x: Tensor, networks: int, dim: int) -> Tensor:
    """Shape (n, networks x channels, h, w) to one with the networks in a dimension of their own.

    That is (n, networks, channels, h, w) for dimension 1 and (n, h, w, networks, channels) for dimension 3, which is
    how channels-last images lie in memory: both copy whole networks and nothing else.
    """
    n, width, h, w = x.shape
    if dim == 1:
        return x.reshape(n, networks, width // networks, h, w)
    return x.permute(0, 2, 3, 1).reshape(n, h, w, networks, width // networks)


def together(x: Tensor, dim: int) -> Tensor:
    """What `apart` took apart."""
    return torch.flatten(x, 1, 2) if dim == 1 else torch.flatten(x, 3, 4).permute(0, 3, 1, 2)


class _Selection(torch.autograd.Function):
    """Several choices of networks, whose gradients are added up in one place."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, dim: int, *choices: Tensor) -> tuple[Tensor, ...]:
        ctx.save_for_backward(*choices)
        ctx.dim, ctx.shape = dim, x.shape
        return tuple(x.index_select(dim, networks) for networks in choices)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        total = gradients[0].new_zeros(ctx.shape)
        for networks, gradient in zip(ctx.saved_tensors, gradients, strict=True):
            total.index_add_(ctx.dim, networks, gradient)
        return total, *(None for _ in range(len(gradients) + 1))


def _select(x: Tensor, dim: int, choices: Sequence[Tensor]) -> tuple[Tensor, ...]:
    chosen: tuple[Tensor, ...] = _Selection.apply(x, dim, *choices)  # type: ignore[no-untyped-call]
    return chosen


def _live(cell: Cell | OfficialCell) -> list[tuple[Edge, nn.Module]]:
    if isinstance(cell, Cell):
        return list(zip(cell.edges, cell.operations, strict=True))
    numbers = {edge: k for k, edge in enumerate(EDGES)}
    return [(edge, cell.operations[numbers[edge[:2]]]) for edge in live_edges(cell.arch)]


def _joined(operations: Sequence[nn.Module], kind: int) -> nn.Module:
    """The operations of several networks as one, on channels side by side; convolutions alone have weights."""
    if kind not in (CONV1, CONV3):
        if any(True for _ in operations[0].parameters()):
            raise BadValue("cells side by side: give networks whose cells keep the number of channels")
        return operations[0]
    layers = [list(operation.modules()) for operation in operations]
    convs = [layer for each in layers for layer in each if isinstance(layer, nn.Conv2d)]
    norms = [layer for each in layers for layer in each if isinstance(layer, nn.BatchNorm2d)]
    return nn.Sequential(nn.ReLU(inplace=True), GroupedConv(convs), grouped_norm(norms))
