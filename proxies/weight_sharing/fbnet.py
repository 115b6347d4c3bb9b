"""FBNet's differentiable search (Wu et al., FBNet: Hardware-Aware Efficient ConvNet Design, CVPR 2019)."""

from collections.abc import Mapping
from functools import partial
from typing import Unpack

import torch
from torch import Tensor

from harness.core import Benchmark
from harness.errors import BadValue
from proxies.weight_sharing._alphas import adam, mixed
from proxies.weight_sharing._differentiable import Learning
from proxies.weight_sharing._edge import MixedEdge
from proxies.weight_sharing._expected_latency import ExpectedLatency
from proxies.weight_sharing._gumbel import gumbel_softmax, refuse_unless_cooling
from proxies.weight_sharing._sampling import Sampling, step_down
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._shared import Mixture
from proxies.weight_sharing._supernet import cross_entropy
from proxies.weight_sharing._task import Images, cell_network, task_of

MICROSECONDS = 1000
"""In a millisecond; the logarithm is that of microseconds, since latencies below its unit have none that is usable."""


class Fbnet(Sampling):
    """Every edge is the sum of its operations by Gumbel softmax; the loss is CE * alpha * log(LAT)^beta (equation 2).

    LAT sums each operation's latency by its share (equation 3), in microseconds, over the table `latency_file` of
    `nasgauge latency measure`, else as counting has it. `alpha` scales the loss, `beta` says how much latency matters:
    0 leaves it out. The temperature falls exponentially from `warmest` to `coldest` over the epochs. `alpha_lr` and
    `alpha_decay` are Adam's for the architecture parameters. The paper draws architectures from what was learned and
    trains them; here the strongest is derived.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        latency_file: str | None = None,
        alpha: float = 0.2,
        beta: float = 0.6,
        alpha_lr: float = 0.01,
        alpha_decay: float = 5e-4,
        warmest: float = 5.0,
        coldest: float = 0.1,
        **common: Unpack[Common],
    ) -> None:
        refuse_unless_cooling(warmest, coldest, "fbnet")
        if not alpha > 0 or not beta >= 0:
            raise BadValue(f"alpha = {alpha!r}, beta = {beta!r} of fbnet: give more than 0, and 0 or more")
        self.learning = Learning(alpha_lr, alpha_decay)
        self.alpha, self.beta, self.warmest, self.coldest = alpha, beta, warmest, coldest
        task = task_of(benchmark, Settings(**(Common(epochs=50) | common)), "fbnet")
        network = cell_network(task, seed, partial(MixedEdge, affine=False), "fbnet")
        self.latency = ExpectedLatency(task, latency_file, "fbnet")
        self.fingerprint = self.latency.table.fingerprint
        if self.latency.rest * MICROSECONDS <= 1:
            raise BadValue(f"{latency_file}: a network that takes less than a microsecond has no usable logarithm")
        super().__init__(task, network, seed=seed)

    @property
    def temperature(self) -> float:
        """Of this epoch."""
        return float(self.warmest * (self.coldest / self.warmest) ** self.progress())

    def make_architect(self) -> torch.optim.Optimizer:
        """Adam."""
        return adam(self.alphas, self.learning.lr, self.learning.weight_decay)

    def drawn(self) -> Mixture:
        """All operations of each edge, by their shares in a draw."""
        with torch.no_grad():
            return mixed(self._shares())

    def learn(self, valid: Images) -> Tensor:
        """A step down the loss of equation 2."""
        shares = self._shares()
        loss = cross_entropy(self.network, valid, mixed(shares)) * self.price(self.latency.of(shares))
        step_down(self.architect, self.alphas, loss)
        return loss.detach()

    def price(self, milliseconds: Tensor) -> Tensor:
        """What the cross entropy is multiplied by: alpha * log(LAT)^beta."""
        return self.alpha * (milliseconds * MICROSECONDS).log() ** self.beta

    def watched(self) -> Mapping[str, float]:
        """The temperature, and the expected latency in milliseconds."""
        expected = self.latency.of(self.probabilities())
        return {"temperature": self.temperature, "expected_latency": expected.item()}

    def _shares(self) -> list[Tensor]:
        return gumbel_softmax(list(self.alphas.edges), self.temperature, self.generator)
