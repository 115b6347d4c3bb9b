"""DARTS (Liu, Simonyan & Yang, DARTS: Differentiable Architecture Search, ICLR 2019)."""

from collections.abc import Mapping
from functools import partial
from typing import Unpack

from harness.core import Arch, Benchmark
from harness.errors import BadValue
from proxies.weight_sharing._alphas import Alphas, mixed
from proxies.weight_sharing._differentiable import Differentiable, Learning, Slope, strengths, warmed
from proxies.weight_sharing._edge import MixedEdge
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._shared import Mixture
from proxies.weight_sharing._supernet import Stateful
from proxies.weight_sharing._task import Images, cell_network, task_of
from proxies.weight_sharing._unrolled import Point, unrolled, velocity


class Darts(Differentiable):
    """Every edge is the softmax-weighted sum of its operations (equation 2).

    `order` 1 learns from the gradient at the weights as they are, 2 from that after one step of them (equations 7 and
    8). The architecture stays as it is in the first `warmup` epochs (0 in the paper). The published `alpha_lr` of 3e-4
    is for 20,000 steps; the default moves as far in the few hundred that small data give.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        order: int = 1,
        alpha_lr: float = 0.01,
        alpha_decay: float = 1e-3,
        warmup: int = 0,
        **common: Unpack[Common],
    ) -> None:
        if order not in (1, 2):
            raise BadValue(f"order = {order!r} of darts: give 1 or 2")
        task = task_of(benchmark, Settings(**(Common(epochs=50) | common)), "darts")
        network = cell_network(task, seed, partial(MixedEdge, affine=False), "darts")
        self.edges = Alphas(network, seed)
        super().__init__(task, network, self.edges, Learning(alpha_lr, alpha_decay), seed=seed)
        self.order, self.warmup = order, warmed(warmup, task.settings.epochs)

    def mixture(self) -> Mixture:
        """All operations, weighted by the softmax of their edge's parameters (equation 2)."""
        return mixed(self.edges.softmax())

    def slope(self, train: Images, valid: Images) -> Slope:
        """Of the order asked for; the step looked ahead is that of the weights, at their learning rate."""
        if self.order == 1:
            return self.first_order(valid)
        point = Point(list(self.edges.parameters()), list(self.network.parameters()))
        losses = (partial(self.mixture_loss, train), partial(self.mixture_loss, valid))
        rate: float = self.optimizer.param_groups[0]["lr"]
        return unrolled(*losses, point, velocity(self.optimizer), rate)

    def train_epoch(self) -> Mapping[str, float]:
        """One pass over the training images, a step of the architecture before each of the weights."""
        losses = self.alternate(self.paced(self.task.train), learns=self.epoch >= self.warmup)
        return losses | self.seen(self.edges.softmax())

    def derive(self) -> Arch:
        """The strongest operation of each edge, `none` left out."""
        return self.network.discretise(strengths(self.edges.softmax()))

    def parts(self) -> Mapping[str, Stateful]:
        """The architecture parameters and their optimizer."""
        return {"alphas": self.alphas, "architect": self.architect}
