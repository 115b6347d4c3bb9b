"""The sandwich rule: largest, smallest and other networks learn from one batch (Yu et al., BigNAS, ECCV 2020).

Section 3 of the paper has the rule, in-place distillation, the initialisation, and what is regularised.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Unpack

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness.algorithms._hyper import number, whole
from harness.core import Arch, Benchmark
from harness.live.official_network import ResidualBlock
from proxies.weight_sharing._best import best_of
from proxies.weight_sharing._elastic import elastic_network, elastic_of
from proxies.weight_sharing._elastic_block import ElasticBlock
from proxies.weight_sharing._elastic_edge import centred_edge
from proxies.weight_sharing._losses import mean
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._supernet import Stateful, WeightSharing
from proxies.weight_sharing._task import Images, task_of


class Sandwich(WeightSharing):
    """Every update collects the gradients of the largest network, the smallest, and those that a method puts between.

    The largest learns from the labels; its soft predictions on the same batch, and nothing else, teach the others. The
    largest alone is regularised: its loss has the weight decay and, at the rate `dropout`, a dropout before the last
    layer. Blocks with a residual begin as identities. A smaller kernel of a cell is the centre of the larger one.

    `derive` is the best of `candidates` random architectures by inherited accuracy.
    """

    def __init__(
        self, benchmark: Benchmark, method: str, *, seed: int, dropout: float, candidates: int, **common: Unpack[Common]
    ) -> None:
        task = task_of(benchmark, Settings(**common), method)
        self.elastic = elastic_of(task.space, method)
        super().__init__(task, elastic_network(task, seed, centred_edge, method), seed=seed)
        self.dropout, self.candidates = number("dropout", dropout, 0, 0.9), whole("candidates", candidates, 1)
        for group in self.optimizer.param_groups:
            group["weight_decay"] = 0.0  # it is part of the largest network's loss
        begin_as_identities(self.network)

    @abstractmethod
    def between(self, batch: Images) -> Sequence[Arch]:
        """The architectures that are trained on the batch beside the largest and the smallest."""

    def train_epoch(self) -> Mapping[str, float]:
        """One pass over the training images; gives the mean loss of the largest network, and of its pupils to it."""
        largest, pupils = [], []
        for batch in self.paced(self.task.train):
            loss, distilled = self._update(batch)
            largest.append(loss)
            pupils += distilled
        return {"train_loss": mean(largest), "distilled_loss": mean(pupils)}

    def derive(self) -> Arch:
        """The best of random architectures."""
        return best_of(self, self.candidates)

    def parts(self) -> Mapping[str, Stateful]:
        """Nothing but the network has a state."""
        return {}

    def _update(self, batch: Images) -> tuple[Tensor, list[Tensor]]:
        """One step of the weights; gives the largest network's loss on the labels, and the others' losses to it."""
        others = [self.elastic.smallest, *self.between(batch)]
        self.optimizer.zero_grad()
        loss, soft = self._largest(batch)
        distilled = []
        for arch in others:
            pupil = F.cross_entropy(self.network(batch[0], self.network.mixture(arch)), soft)
            pupil.backward()  # type: ignore[no-untyped-call]
            distilled.append(pupil.detach())
        self.step()
        return loss, distilled

    def _largest(self, batch: Images) -> tuple[Tensor, Tensor]:
        """Collect the largest network's gradients; gives its loss on the labels, and its probabilities (n, classes)."""
        with dropout_before_last(self.network, self.dropout, self.generator):
            logits = self.network(batch[0], self.network.mixture(self.elastic.largest))
        loss = F.cross_entropy(logits, batch[1])
        loss.backward()  # type: ignore[no-untyped-call]
        for weights in self.network.parameters():
            if weights.grad is not None:
                weights.grad.add_(weights.detach(), alpha=self.settings.weight_decay)
        return loss.detach(), logits.detach().softmax(-1)


@contextmanager
def dropout_before_last(network: nn.Module, rate: float, generator: torch.Generator) -> Iterator[None]:
    """While the block runs, what goes into the last linear layer is dropped out at this rate."""

    def drop(_: nn.Module, inputs: tuple[Any, ...]) -> Tensor:
        (x,) = inputs
        kept = torch.rand(x.shape, generator=generator, device=x.device) >= rate
        dropped: Tensor = x * kept / (1 - rate)
        return dropped

    last = [module for module in network.modules() if isinstance(module, nn.Linear)][-1]
    handle = last.register_forward_pre_hook(drop)
    try:
        yield
    finally:
        handle.remove()


def begin_as_identities(network: nn.Module) -> None:
    """Set the scale of the last batch norm of every residual to zero, so that its block passes on the shortcut."""
    for module in network.modules():
        if isinstance(module, ResidualBlock):
            *_, norm = (part for part in module.residual.modules() if isinstance(part, nn.BatchNorm2d))
            nn.init.zeros_(norm.weight)
        elif isinstance(module, ElasticBlock) and module.adds:
            nn.init.zeros_(module.project.norm.weight)
