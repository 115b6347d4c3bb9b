"""GDAS (Dong & Yang, Searching for a Robust Neural Architecture in Four GPU Hours, CVPR 2019)."""

from collections.abc import Mapping
from functools import partial
from typing import Unpack

import torch
from torch import Tensor

from harness.core import Benchmark
from proxies.weight_sharing._alphas import adam
from proxies.weight_sharing._differentiable import Learning
from proxies.weight_sharing._edge import MixedEdge
from proxies.weight_sharing._gumbel import gumbel_softmax, refuse_unless_cooling
from proxies.weight_sharing._sampling import Sampling, step_down
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._shared import Mixture
from proxies.weight_sharing._supernet import cross_entropy
from proxies.weight_sharing._task import Images, cell_network, task_of


class Gdas(Sampling):
    """Every step draws one operation for each edge, and computes no other; the draw has a gradient (section 3.2).

    Forward, an edge is the operation drawn by the Gumbel-max trick; backward, it is weighted by the Gumbel softmax at a
    temperature that falls linearly from `warmest` to `coldest` over the epochs. The published `alpha_lr` of 3e-4 is for
    far more steps than small data give.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        alpha_lr: float = 0.003,
        alpha_decay: float = 1e-3,
        warmest: float = 10.0,
        coldest: float = 0.1,
        **common: Unpack[Common],
    ) -> None:
        refuse_unless_cooling(warmest, coldest, "gdas")
        self.learning = Learning(alpha_lr, alpha_decay)
        self.warmest, self.coldest = warmest, coldest
        task = task_of(benchmark, Settings(**common), "gdas")
        super().__init__(task, cell_network(task, seed, partial(MixedEdge, affine=False), "gdas"), seed=seed)

    @property
    def temperature(self) -> float:
        """Of this epoch."""
        return self.warmest + (self.coldest - self.warmest) * self.progress()

    def make_architect(self) -> torch.optim.Optimizer:
        """Adam."""
        return adam(self.alphas, self.learning.lr, self.learning.weight_decay)

    def drawn(self) -> Mixture:
        """One operation on each edge."""
        with torch.no_grad():
            return [{int(shares.argmax()): 1.0} for shares in self._shares()]

    def learn(self, valid: Images) -> Tensor:
        """A step down the loss of the operations drawn, each of which has the gradient of its share."""
        loss = cross_entropy(self.network, valid, [straight_through(shares) for shares in self._shares()])
        step_down(self.architect, self.alphas, loss)
        return loss.detach()

    def watched(self) -> Mapping[str, float]:
        """The temperature."""
        return {"temperature": self.temperature}

    def _shares(self) -> list[Tensor]:
        return gumbel_softmax(list(self.alphas.edges), self.temperature, self.generator)


def straight_through(shares: Tensor) -> dict[int, Tensor]:
    """The option of the largest share with a weight of 1 that has the gradient of the share."""
    option = int(shares.argmax())
    share = shares[option]
    return {option: 1 + (share - share.detach())}
