"""A supernet as a proxy: it is trained once, and scores architectures by what they inherit."""

import logging
import math
import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from harness.core import Arch, Benchmark, Supernet, Watched
from harness.live.checkpoint import Stateful
from proxies.weight_sharing._checkpoint import path_of, restore, save
from proxies.weight_sharing._inherit import inherited
from proxies.weight_sharing._shared import SharedNetwork
from proxies.weight_sharing._task import Images, Task

__all__ = ["Stateful", "WeightSharing", "cross_entropy"]

log = logging.getLogger("nasgauge")


class WeightSharing(Supernet):
    """What all supernets share: epochs, checkpoints, snapshots of the ranking, inherited scores.

    A method says how an epoch trains (`train_epoch`), which architecture it would choose (`derive`), and what beside
    the network has a state (`parts`). Its randomness is `rng` and `generator`, which begin anew with each epoch from
    (seed, epoch), so that a training that was interrupted repeats itself. `optimizer` trains the network's weights. A
    method that stops early sets `stopped`, and no further epoch is trained.
    """

    _options: Mapping[str, Any]

    def __new__(cls, benchmark: Benchmark, **options: Any) -> Self:
        """Remember what the method is made with: its checkpoint is named by that."""
        made = super().__new__(cls)
        made._options = options
        return made

    def __init__(self, task: Task, network: SharedNetwork, *, seed: int) -> None:
        self.task, self.settings, self.network, self.seed = task, task.settings, network, seed
        self.epoch, self.seconds = 0, 0.0
        self.history: list[Watched] = []
        self.broken = self.stopped = False
        self._path: Path | None = None
        s = task.settings
        self.optimizer = torch.optim.SGD(
            network.parameters(), lr=s.lr, momentum=s.momentum, weight_decay=s.weight_decay, nesterov=s.momentum > 0
        )
        self._restart_randomness()

    @abstractmethod
    def parts(self) -> Mapping[str, Stateful]:
        """What has a state beside the network and its optimizer, by name."""

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Train the supernet; nothing is learned from other architectures' losses."""
        self._train()

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """The validation accuracies in percent, shape (architectures,), with inherited weights; NaN if it diverged.

        Of isomorphic architectures the representative is scored.
        """
        self._train()
        if self.broken:
            return np.full(len(archs), np.nan)
        own = [self.task.space.canonical(arch) for arch in archs]
        found = {arch: self.accuracy(arch) for arch in dict.fromkeys(own)}
        return np.array([found[arch] for arch in own], dtype=float)

    def accuracy(self, arch: Arch) -> float:
        """The validation accuracy in percent of the architecture with the weights that it inherits now."""
        return inherited(self.network, self.network.mixture(arch), self.task)[0]

    def descend(self, loss: Tensor) -> None:
        """One step of the weights down the gradient of the loss."""
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.step()

    def step(self) -> None:
        """One step of the weights down the gradients that they have, clipped."""
        nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip)
        self.optimizer.step()

    def paced(self, images: Images, span: tuple[int, int] | None = None) -> Iterator[Images]:
        """The batches of this epoch, the learning rate set before each: a cosine from `lr` to 0 over all epochs.

        With a `span`, the cosine goes from the first epoch of the two to where the second would begin.
        """
        first, end = span or (0, self.settings.epochs)
        for k, batch in enumerate(self.task.batches(images, self.rng)):
            progress = (self.epoch - first + k / self.task.steps) / (end - first)
            for group in self.optimizer.param_groups:
                group["lr"] = self.settings.lr * (1 + math.cos(math.pi * progress)) / 2
            yield batch

    def _train(self) -> None:
        """Train until all epochs are done, going on from the checkpoint where there is one."""
        if not self.epoch:
            self._path = path_of(self.task, type(self).__name__, self._options)
            self._load()
        due = _snapshots(self.settings.epochs, self.settings.snapshots)
        while self.epoch < self.settings.epochs and not (self.broken or self.stopped):
            self._restart_randomness()
            self.network.train()
            began = time.perf_counter()
            watched = self.train_epoch()
            self.seconds += time.perf_counter() - began
            self.epoch += 1
            self.history += [Watched(self.epoch, name, value) for name, value in watched.items()]
            self.broken = not all(math.isfinite(value) for value in watched.values())
            if self.broken:
                log.warning("%s diverged in epoch %d: its scores are NaN", type(self).__name__, self.epoch)
            elif self.epoch in due or (due and self.stopped):
                self.history += self._snapshot()
            self._save()

    def _snapshot(self) -> list[Watched]:
        """Scores of the watched architectures, the same for every seed, and what would be chosen now.

        It leaves the network as it was, so that watching changes nothing.
        """
        before = [buffer.clone() for buffer in self.network.buffers()]
        rng = np.random.default_rng(1)
        archs = [self.task.space.canonical(self.task.space.sample(rng)) for _ in range(self.settings.watch)]
        scores = [Watched(self.epoch, "score", self.accuracy(arch), arch) for arch in dict.fromkeys(archs)]
        derived = Watched(self.epoch, "derived", 1.0, self.derive())
        for buffer, kept in zip(self.network.buffers(), before, strict=True):
            buffer.copy_(kept)
        return [*scores, derived]

    def _restart_randomness(self) -> None:
        self.rng = np.random.default_rng([self.seed, 0, self.epoch])
        self.generator = torch.Generator(self.settings.device).manual_seed(int(self.rng.integers(2**63)))

    def _state(self) -> dict[str, Stateful]:
        return {"network": self.network, "optimizer": self.optimizer, **self.parts()}

    def _save(self) -> None:
        if self._path is not None:
            rows = [tuple(row) for row in self.history]
            plain = {"epoch": self.epoch, "seconds": self.seconds, "stopped": self.stopped, "history": rows}
            save(self._path, plain, self._state())

    def _load(self) -> None:
        if self._path is None or not self._path.exists():
            return
        saved = restore(self._path, self.settings.device, self._state(), _progress)
        if saved is None:
            return
        self.epoch, self.seconds, self.stopped, self.history = saved
        self.broken = not all(math.isfinite(row.value) for row in self.history)


def _progress(saved: Mapping[str, Any]) -> tuple[int, float, bool, list[Watched]]:
    """The epochs and seconds, whether it stopped, and the history that a checkpoint says; `ValueError` of nonsense."""
    epoch, seconds, stopped = saved["epoch"], saved["seconds"], saved["stopped"]
    history = [Watched(*row) for row in saved["history"]]
    if not (type(epoch) is int and epoch > 0 and isinstance(seconds, float) and isinstance(stopped, bool)):
        raise ValueError("its progress makes no sense")
    if not all(type(row.epoch) is int and isinstance(row.value, float) for row in history):
        raise ValueError("its history makes no sense")
    return epoch, seconds, stopped, history


def cross_entropy(network: SharedNetwork, batch: Images, mixture: Any) -> Tensor:
    """The mean loss of a mixture on a batch."""
    images, labels = batch
    return F.cross_entropy(network(images, mixture), labels)


def _snapshots(epochs: int, count: int) -> set[int]:
    """So many epochs, evenly spread, the last one among them."""
    return {round(epochs * (k + 1) / count) for k in range(count)}
