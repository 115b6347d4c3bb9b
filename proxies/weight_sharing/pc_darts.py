"""PC-DARTS (Xu et al., Partial Channel Connections for Memory-Efficient Architecture Search, ICLR 2020)."""

from collections.abc import Mapping
from functools import partial
from typing import Unpack

import torch
from torch import Tensor, nn

from harness.core import Arch, Benchmark
from harness.errors import BadValue
from harness.spaces.nb201 import EDGES
from proxies.weight_sharing._alphas import Alphas, mixed
from proxies.weight_sharing._differentiable import Differentiable, Learning, Slope, strengths, warmed
from proxies.weight_sharing._edge import MixedEdge, times
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._shared import Mixture, Weights
from proxies.weight_sharing._supernet import Stateful
from proxies.weight_sharing._task import Images, cell_network, task_of


class PartialEdge(nn.Module):
    """Operations on the first 1/k of the channels; the others pass by, and then all are shuffled (section 3.2)."""

    def __init__(self, channels: int, k: int) -> None:
        super().__init__()
        if channels % k:
            raise BadValue(f"k = {k} of pc_darts: give a divisor of {channels} channels")
        self.k, self.taken = k, channels // k
        self.mixed = MixedEdge(self.taken, affine=False)

    def forward(self, x: Tensor, weights: Weights) -> Tensor:
        """Shape (n, channels, h, w) in and out; what passes by has the weight of all operations together."""
        chosen = self.mixed(x[:, : self.taken].contiguous(memory_format=torch.channels_last), weights)
        passing = times(x[:, self.taken :], sum(weights.values()))
        return nn.functional.channel_shuffle(torch.cat([chosen, passing], 1), self.k)


class EdgeShares(nn.Module):
    """Parameters of operations and, from zeros, of edges: a node takes its inputs by a softmax (section 3.3)."""

    def __init__(self, operations: Alphas) -> None:
        super().__init__()
        self.operations = operations
        first = next(operations.parameters())
        self.inputs = nn.Parameter(torch.zeros(len(EDGES), device=first.device))
        targets = torch.tensor([target for _, target in EDGES], device=first.device)
        self.nodes = [torch.nonzero(targets == node).flatten() for node in sorted({t for _, t in EDGES})]

    def forward(self) -> list[Tensor]:
        """The softmax of each edge's operations times the edge's share of its node."""
        edges = torch.cat([torch.softmax(self.inputs[node], 0) for node in self.nodes])
        return [edge * share for edge, share in zip(self.operations.softmax(), edges.unbind(), strict=True)]


class PcDarts(Differentiable):
    """DARTS of the first order in 1/`k` of the channels, with normalised edges.

    The architecture learns after `warmup` epochs, by default three tenths of all (15 of 50 in the paper). All six edges
    belong to the cell, so what the edges' parameters learn steadies the search but does not choose.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        k: int = 4,
        warmup: int | None = None,
        alpha_lr: float = 0.01,
        alpha_decay: float = 1e-3,
        **common: Unpack[Common],
    ) -> None:
        if k < 1:
            raise BadValue(f"k = {k} of pc_darts: give a whole number of at least 1")
        task = task_of(benchmark, Settings(**(Common(epochs=50) | common)), "pc_darts")
        network = cell_network(task, seed, partial(PartialEdge, k=k), "pc_darts")
        self.edges = EdgeShares(Alphas(network, seed))
        super().__init__(task, network, self.edges, Learning(alpha_lr, alpha_decay), seed=seed)
        epochs = task.settings.epochs
        self.warmup = warmed(3 * epochs // 10 if warmup is None else warmup, epochs)

    def mixture(self) -> Mixture:
        """All operations, each weighted by its share of its edge and the edge's share of its node."""
        return mixed(self.edges())

    def slope(self, train: Images, valid: Images) -> Slope:
        """Of the validation loss at the weights as they are."""
        return self.first_order(valid)

    def train_epoch(self) -> Mapping[str, float]:
        """One pass over the training images, a step of the architecture before each of the weights."""
        losses = self.alternate(self.paced(self.task.train), learns=self.epoch >= self.warmup)
        return losses | self.seen(self.edges.operations.softmax())

    def derive(self) -> Arch:
        """The strongest operation of each edge, `none` left out."""
        return self.network.discretise(strengths(self.edges.operations.softmax()))

    def parts(self) -> Mapping[str, Stateful]:
        """The parameters of operations and edges, and their optimizer."""
        return {"alphas": self.alphas, "architect": self.architect}
