"""ProxylessNAS by gradients (Cai, Zhu & Han, ProxylessNAS: Direct Neural Architecture Search, ICLR 2019)."""

from collections.abc import Mapping
from functools import partial
from typing import Unpack

import torch
from torch import Tensor

from harness.core import Benchmark
from harness.errors import BadValue
from proxies.weight_sharing._differentiable import Learning
from proxies.weight_sharing._edge import MixedEdge
from proxies.weight_sharing._expected_latency import ExpectedLatency
from proxies.weight_sharing._sampling import Sampling, step_down
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._shared import Mixture
from proxies.weight_sharing._supernet import cross_entropy
from proxies.weight_sharing._task import Images, cell_network, task_of
from proxies.weight_sharing._two_paths import draw_gates, draw_paths, pair_probabilities, restore_others, through_gates


class Proxyless(Sampling):
    """The weights learn on one path, the architecture on two; neither takes more memory when there are more paths.

    A step of the architecture parameters draws two paths of each edge, opens one, and moves the two apart by the
    gradient of their gates (section 3.2.1, equation 4); the others stay as probable as they were. The loss has the
    expected latency added, `latency_weight` for each millisecond (section 3.3.1: lambda 2), over the table
    `latency_file` of `nasgauge latency measure`, else as counting has it; lambda 1 is `weight_decay`.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        latency_file: str | None = None,
        latency_weight: float = 0.1,
        alpha_lr: float = 0.01,
        **common: Unpack[Common],
    ) -> None:
        if not latency_weight >= 0:
            raise BadValue(f"latency_weight = {latency_weight!r} of proxyless: give 0 or more")
        self.learning, self.latency_weight = Learning(alpha_lr, 0.0), latency_weight
        task = task_of(benchmark, Settings(**common), "proxyless")
        network = cell_network(task, seed, partial(MixedEdge, affine=False), "proxyless")
        self.latency = ExpectedLatency(task, latency_file, "proxyless")
        self.fingerprint = self.latency.table.fingerprint
        super().__init__(task, network, seed=seed)

    def make_architect(self) -> torch.optim.Optimizer:
        """Adam without a memory of the gradient's direction, so that only the two paths of a step are moved."""
        return torch.optim.Adam(self.alphas.parameters(), lr=self.learning.lr, betas=(0.0, 0.999))

    def drawn(self) -> Mixture:
        """One path of each edge."""
        return draw_paths(list(self.alphas.edges), self.generator)

    def learn(self, valid: Images) -> Tensor:
        """A step of the parameters of two paths of each edge, down the loss and the expected latency."""
        alphas = list(self.alphas.edges)
        gates = draw_gates(alphas, self.generator)
        before = [alpha.detach().clone() for alpha in alphas]
        among = pair_probabilities(alphas, gates.options)
        loss = cross_entropy(self.network, valid, gates.mixture())
        taken = [(p * self.latency.of_options(pair)).sum() for p, pair in zip(among, gates.options, strict=True)]
        expected = self.latency_weight * torch.stack(taken).sum()
        step_down(self.architect, self.alphas, through_gates(loss, gates, among) + expected)
        restore_others(alphas, gates.options, before)
        return loss.detach()

    def watched(self) -> Mapping[str, float]:
        """The expected latency in milliseconds."""
        return {"expected_latency": self.latency.of(self.probabilities()).item()}
