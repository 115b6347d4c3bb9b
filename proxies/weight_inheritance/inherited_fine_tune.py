"""A short training of each architecture from what it inherits of a supernet.

Weights are inherited from one network for all architectures (Guo et al., Single Path One-Shot NAS, ECCV 2020, section
3.2) and then trained on, as children are in Net2Net (Chen, Goodfellow & Shlens, ICLR 2016, section 2).
"""

import copy
import math
from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from harness import registry
from harness.algorithms._hyper import positive, whole
from harness.core import Arch, Benchmark, Proxy
from harness.errors import BadValue
from proxies.weight_sharing._inherit import inherited
from proxies.weight_sharing._settings import Common
from proxies.weight_sharing._supernet import WeightSharing, cross_entropy


class InheritedFineTune(Proxy):
    """The validation accuracy in percent after `tuning` more epochs from the weights that an architecture inherits.

    `supernet` names the supernet that all inherit from; its own training is that of `common`, with `epochs`. Each
    architecture is then trained alone on the training images, with a learning rate from `tuning_lr` to 0 along a cosine
    and the supernet's batches, momentum and weight decay; batch norms are computed anew before it is judged. All see
    the images in the same order, so that they differ in the architecture alone. The supernet is left as it was.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        supernet: str = "single_path",
        tuning: int = 1,
        tuning_lr: float = 0.02,
        **common: Unpack[Common],
    ) -> None:
        built = registry.load("proxy", supernet)(benchmark, seed=seed, **common)
        if not isinstance(built, WeightSharing):
            raise BadValue(f"supernet = {supernet!r} trains no shared weights: choose a supernet, such as single_path")
        self.supernet, self.seed = built, seed
        self.tuning, self.tuning_lr = whole("tuning", tuning, 1), positive("tuning_lr", tuning_lr)

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Train the supernet; nothing is learned from other architectures' losses."""
        self.supernet.fit(archs, losses)

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """The accuracies, shape (architectures,); NaN where the supernet or the architecture itself diverged.

        Of isomorphic architectures the representative is trained.
        """
        self.fit([], np.empty(0))
        if self.supernet.broken:
            return np.full(len(archs), np.nan)
        begin = copy.deepcopy(self.supernet.network.state_dict())
        scores = [self._tuned(self.supernet.task.space.canonical(arch), begin) for arch in archs]
        self.supernet.network.load_state_dict(begin)
        return np.array(scores, dtype=float)

    def _tuned(self, arch: Arch, begin: dict[str, Any]) -> float:
        """The accuracy of one architecture after its training from the state `begin`."""
        network, task = self.supernet.network, self.supernet.task
        network.load_state_dict(begin)
        mixture = network.mixture(arch)
        optimizer = self._optimizer()
        rng, steps = np.random.default_rng([self.seed, 4]), self.tuning * task.steps
        batches = (batch for _ in range(self.tuning) for batch in task.batches(task.train, rng))
        network.train()
        for step, batch in enumerate(batches):
            for group in optimizer.param_groups:
                group["lr"] = self.tuning_lr * (1 + math.cos(math.pi * step / steps)) / 2
            optimizer.zero_grad()
            loss = cross_entropy(network, batch, mixture)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), task.settings.clip)
            optimizer.step()
        accuracy, loss_after = inherited(network, mixture, task)
        return accuracy if math.isfinite(loss_after) else math.nan

    def _optimizer(self) -> torch.optim.SGD:
        """The supernet's, without what it remembers; what an architecture does not use gets no gradient, and stays."""
        s = self.supernet.settings
        return torch.optim.SGD(
            self.supernet.network.parameters(),
            lr=self.tuning_lr,
            momentum=s.momentum,
            weight_decay=s.weight_decay,
            nesterov=s.momentum > 0,
        )
