"""AttentiveNAS: train the best, or the worst, of the networks of equal FLOPs (Wang et al., CVPR 2021, section 3)."""

from collections.abc import Sequence
from typing import Literal, Unpack

import numpy as np
import torch
from torch.nn import functional as F

from harness.algorithms._hyper import whole
from harness.core import Arch, Benchmark
from harness.errors import BadValue
from proxies.weight_sharing._flops_prior import FlopsPrior
from proxies.weight_sharing._norms import Norms
from proxies.weight_sharing._sandwich import Sandwich
from proxies.weight_sharing._settings import Common
from proxies.weight_sharing._task import Images

_CHOOSE = {"best_up": min, "worst_up": max}


class AttentiveNas(Sandwich):
    """BigNAS whose other networks are not drawn uniformly but from one end of the front of loss and FLOPs.

    For each of the `networks` between the largest and the smallest, a target of FLOPs is drawn, then `k` architectures
    of about these FLOPs; trained is the one of the lowest loss on the batch at hand (`attention` "best_up") or of the
    highest ("worst_up"). FLOPs are put into `bins` of equal width. The paper tries both with losses, and a predictor of
    accuracy, which allows more candidates.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        attention: Literal["best_up", "worst_up"] = "worst_up",
        k: int = 3,
        networks: int = 2,
        bins: int = 12,
        dropout: float = 0.2,
        candidates: int = 100,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(benchmark, "attentive_nas", seed=seed, dropout=dropout, candidates=candidates, **common)
        if attention not in _CHOOSE:
            raise BadValue(f"attention = {attention!r} of attentive_nas: give one of {', '.join(_CHOOSE)}")
        self.attention, self.k, self.networks = attention, whole("k", k, 1), whole("networks", networks, 0)
        self.norms = Norms(self.network)
        self.prior = FlopsPrior(self.elastic, whole("bins", bins, 2), np.random.default_rng([seed, 3]))

    def between(self, batch: Images) -> Sequence[Arch]:
        """The best or worst of `k` for each of several targets."""
        return [self._attended(batch) for _ in range(self.networks)]

    def _attended(self, batch: Images) -> Arch:
        target = self.prior.target(self.rng)
        archs = [self.prior.draw(target, self.rng) for _ in range(self.k)]
        return _CHOOSE[self.attention](dict.fromkeys(archs), key=lambda arch: self._loss(batch, arch))

    def _loss(self, batch: Images, arch: Arch) -> float:
        """The loss on the labels of the batch; its batch norms see this batch alone, as in training."""
        with torch.no_grad(), self.norms.still():
            logits = self.network(batch[0], self.network.mixture(arch))
        return float(F.cross_entropy(logits, batch[1]))
