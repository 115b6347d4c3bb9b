"""FairDARTS (Chu, Zhou, Zhang & Li, Fair DARTS: Eliminating Unfair Advantages, ECCV 2020)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Unpack

import torch
from torch import Tensor

from harness.core import Arch, Benchmark
from harness.errors import BadValue
from harness.spaces.nb201 import NONE
from proxies.weight_sharing._alphas import Alphas, entropy, mixed
from proxies.weight_sharing._differentiable import Differentiable, Learning, Slope, strengths
from proxies.weight_sharing._edge import MixedEdge
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._shared import Mixture
from proxies.weight_sharing._supernet import Stateful
from proxies.weight_sharing._task import Images, cell_network, task_of


class FairDarts(Differentiable):
    """Operations do not compete: each has a sigmoid of its own, and `zero_one` times a loss drives it to 0 or 1.

    All begin at a half. An operation is derived when it is its edge's strongest and its sigmoid is above `threshold`
    (0.85 on ImageNet in the paper); else the edge is left out, which the space nb201 alone allows. `none` is no
    candidate: an edge without any is that. `skip_share` is the mean sigmoid of the skip connections, `entropy` that of
    a yes or no for each operation.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        zero_one: float = 10.0,
        threshold: float = 0.0,
        alpha_lr: float = 0.01,
        alpha_decay: float = 1e-3,
        **common: Unpack[Common],
    ) -> None:
        if zero_one < 0 or not 0 <= threshold < 1:
            raise BadValue(
                f"zero_one = {zero_one!r}, threshold = {threshold!r} of fair_darts: give a weight of at least 0, and a "
                "threshold from 0 to below 1"
            )
        task = task_of(benchmark, Settings(**(Common(epochs=50) | common)), "fair_darts")
        network = cell_network(task, seed, partial(MixedEdge, affine=False), "fair_darts")
        if threshold > 0 and task.space.name != "nb201":
            raise BadValue(
                f"threshold = {threshold!r} of fair_darts leaves edges out, which the space nb201 allows and "
                f"{task.space.name} does not: leave the threshold out, or choose a benchmark of nb201"
            )
        self.edges = Alphas(network, seed)
        super().__init__(task, network, self.edges, Learning(alpha_lr, alpha_decay), seed=seed)
        self.zero_one, self.threshold = zero_one, threshold

    def mixture(self) -> Mixture:
        """All operations, each weighted by the sigmoid of its parameter."""
        return mixed(self.edges.sigmoid())

    def slope(self, train: Images, valid: Images) -> Slope:
        """Of the validation loss at the weights as they are, and the weighted zero-one loss."""
        loss = self.mixture_loss(valid)
        total = loss + self.zero_one * zero_one_loss(self.edges.sigmoid())
        return loss.detach(), torch.autograd.grad(total, list(self.edges.parameters()))

    def train_epoch(self) -> Mapping[str, float]:
        """One pass over the training images, a step of the architecture before each of the weights."""
        losses = self.alternate(self.paced(self.task.train))
        chances = [torch.stack([share, 1 - share]) for share in torch.cat(operations(self.edges.sigmoid()))]
        return losses | self.seen(self.edges.sigmoid()) | {"entropy": entropy(chances)}

    def derive(self) -> Arch:
        """The strongest operation of each edge, `none` where it is not above the threshold."""
        return self.network.discretise(strengths(self.edges.sigmoid(), none=self.threshold))

    def parts(self) -> Mapping[str, Stateful]:
        """The architecture parameters and their optimizer."""
        return {"alphas": self.alphas, "architect": self.architect}


def zero_one_loss(shares: Sequence[Tensor]) -> Tensor:
    """Minus the mean of (share - 1/2)^2 over all operations (the section on Fair DARTS): least where all are 0 or 1."""
    return -(torch.cat(operations(shares)) - 0.5).square().mean()


def operations(shares: Sequence[Tensor]) -> list[Tensor]:
    """The shares without those of `none`."""
    return [share[NONE + 1 :] for share in shares]
