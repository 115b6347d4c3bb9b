"""Once-for-all: progressive shrinking (Cai et al., ICLR 2020, sections 3.2 and 3.3)."""

import copy
from collections.abc import Mapping
from typing import Unpack

import torch
from torch import Tensor
from torch.nn import functional as F

from harness.algorithms._hyper import number, whole
from harness.core import Arch, Benchmark
from harness.errors import BadValue
from proxies.weight_sharing._best import best_of
from proxies.weight_sharing._elastic import Phase, elastic_network, elastic_of
from proxies.weight_sharing._elastic_edge import transformed_edge
from proxies.weight_sharing._elastic_network import ElasticNetwork
from proxies.weight_sharing._losses import mean
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._supernet import Stateful, WeightSharing
from proxies.weight_sharing._task import Images, task_of


class Ofa(WeightSharing):
    """The largest network is trained first; then kernels become elastic, then depth, then width.

    A smaller kernel is the centre of the larger one through a learned matrix; a narrower block has the most important
    channels of the wider one. The epochs are shared out evenly to the phases, each with a learning rate from `lr` to 0.
    After the first phase the largest network is kept as a teacher: its soft predictions, weighted by `distillation`,
    train the others beside the labels. The space nb201 has no width to shrink: its last phase is depth, where edges may
    be left out, skipped or pooled; the matrix of its 1x1 kernels is one number, which the batch norm takes out again.

    `derive` is the best of `candidates` random architectures by inherited accuracy.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        distillation: float = 1.0,
        candidates: int = 100,
        **common: Unpack[Common],
    ) -> None:
        task = task_of(benchmark, Settings(**(Common(epochs=200) | common)), "ofa")
        self.elastic = elastic_of(task.space, "ofa")
        if task.settings.epochs < len(self.elastic.phases):
            raise BadValue(
                f"epochs = {task.settings.epochs} of ofa: give at least one for each of the {len(self.elastic.phases)} "
                f"phases that {task.space.name} has"
            )
        super().__init__(task, elastic_network(task, seed, transformed_edge, "ofa"), seed=seed)
        self.teacher = copy.deepcopy(self.network).requires_grad_(False)
        self.distillation = number("distillation", distillation, 0)
        self.candidates = whole("candidates", candidates, 1)

    def train_epoch(self) -> Mapping[str, float]:
        """One pass over the training images; gives the mean loss on the labels, and the number of the phase."""
        k = self._phase(self.epoch)
        if self.epoch and k != self._phase(self.epoch - 1):
            self._enter(k)
        self.teacher.eval()
        losses = [loss for batch in self.paced(self.task.train, self._span(k)) for loss in self._update(batch, k)]
        return {"train_loss": mean(losses), "phase": float(k)}

    def _phase(self, epoch: int) -> int:
        """The number of the phase that an epoch belongs to, 0 while the largest network trains alone."""
        return epoch * len(self.elastic.phases) // self.settings.epochs

    def _span(self, phase: int) -> tuple[int, int]:
        """The first epoch of a phase, and the first one after it."""
        epochs = [epoch for epoch in range(self.settings.epochs) if self._phase(epoch) == phase]
        return epochs[0], epochs[-1] + 1

    def _enter(self, phase: int) -> None:
        """Keep the teacher when the first phase is over; sort channels before narrower blocks are trained."""
        if self._phase(self.epoch - 1) == 0:
            self.teacher.load_state_dict(self.network.state_dict())
        if self.elastic.phases[phase].name == "expand" and isinstance(self.network, ElasticNetwork):
            self.network.sort_channels()
            self.optimizer.state.clear()  # the momenta are those of channels that now stand elsewhere

    def _update(self, batch: Images, k: int) -> list[Tensor]:
        """One step of the weights; gives the losses on the labels of the networks that took part."""
        phase: Phase = self.elastic.phases[k]
        soft = self._taught(batch) if k else None
        self.optimizer.zero_grad()
        losses = []
        for _ in range(phase.networks):
            logits = self.network(batch[0], self.network.mixture(self.elastic.draw(phase.allowed, self.rng)))
            loss = F.cross_entropy(logits, batch[1])
            losses.append(loss.detach())
            if soft is not None:
                loss = loss + self.distillation * F.cross_entropy(logits, soft)
            (loss / phase.networks).backward()  # type: ignore[no-untyped-call]
        self.step()
        return losses

    def _taught(self, batch: Images) -> Tensor:
        """The teacher's probabilities (n, classes)."""
        with torch.no_grad():
            logits: Tensor = self.teacher(batch[0], self.teacher.mixture(self.elastic.largest))
        return logits.softmax(-1)

    def derive(self) -> Arch:
        """The best of random architectures."""
        return best_of(self, self.candidates)

    def parts(self) -> Mapping[str, Stateful]:
        """The teacher."""
        return {"teacher": self.teacher}
