"""The training loop: SGD with Nesterov momentum and a cosine schedule, one epoch at a time.

Cosine: Loshchilov & Hutter, ICLR 2017, equation 5 with one period; Nesterov momentum: Sutskever et al., ICML 2013.
"""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from harness.core import Arch, Fidelity
from harness.errors import BadValue
from harness.live.batches import Batches
from harness.live.checkpoint import Stateful, read_checkpoint, restored, write_checkpoint
from harness.live.dataset import Dataset
from harness.live.epoch import Epoch, epochs_in
from harness.live.network import CellNetwork, initialise
from harness.live.reproducible import reproducible


@dataclass(frozen=True, slots=True)
class Recipe:
    """The hyperparameters of training. `device` is a torch device: cpu, cuda, cuda:1."""

    batch: int = 75
    lr: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 5e-4
    channels: int = 8
    device: str = "cpu"


class Training:
    """A half-trained network with its optimizer. `seeds` train side by side and never influence each other.

    A seed draws the initial weights and the order of the images, so that the same seed at another fidelity starts from
    the same network. Raises `BadValue` for a fidelity that the data set or the network cannot give.
    """

    def __init__(
        self, arch: Arch, dataset: Dataset, fidelity: Fidelity, seeds: Sequence[int], recipe: Recipe | None = None
    ) -> None:
        recipe = recipe or Recipe()
        _check(fidelity)
        self.recipe, self.seeds = recipe, tuple(seeds)
        self.history: list[Epoch] = []
        self._part = dataset.train.subset(fidelity.data)
        self._train, self._valid, self._test = (
            Batches(part.shrunk(fidelity.resolution), len(seeds), recipe.device)
            for part in (self._part, dataset.valid, dataset.test)
        )
        shape, channels = (dataset.train.images.shape[1], dataset.classes), _channels(recipe.channels, fidelity.width)
        with torch.random.fork_rng(devices=[]):  # torch's own initialisation draws from the global generator
            self.network = CellNetwork(arch, shape, channels, len(seeds), 2 if fidelity.depth == 1.0 else 1)
        initialise(self.network, seeds)
        self.network.to(recipe.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._optimizer = torch.optim.SGD(
            self.network.parameters(),
            lr=recipe.lr,
            momentum=recipe.momentum,
            weight_decay=recipe.weight_decay,
            nesterov=True,
            fused=True,
        )
        self._clock = time.thread_time if recipe.device == "cpu" else time.perf_counter
        self._steps = _steps(len(self._part.labels), recipe.batch)
        self._horizon = self._steps * fidelity.schedule
        self._identity = {
            "arch": list(arch),
            "dataset": dataset.name,
            "fidelity": list(fidelity[1:]),
            "seeds": list(seeds),
            "recipe": {name: value for name, value in asdict(recipe).items() if name != "device"},
        }

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return len(self.history)

    def run_epoch(self) -> Epoch:
        """Train one more epoch, then evaluate on the validation and test parts; on the CPU repeatable bit by bit."""
        with reproducible() if self.recipe.device == "cpu" else nullcontext():
            epoch = self._run_epoch()
        self.history.append(epoch)
        return epoch

    def _run_epoch(self) -> Epoch:
        began = self._clock()
        trained = self._train_epoch()
        middle = self._clock()
        valid = self._valid.evaluate(self.network)
        ended = self._clock()
        test = self._test.evaluate(self.network)
        n = len(self.seeds)
        return Epoch(self.epoch + 1, *trained, *valid, *test, (middle - began) / n, (ended - middle) / n)

    def save(self, path: Path) -> None:
        """Write the checkpoint; a crash leaves the former one."""
        state = {
            "history": [
                [part.tolist() if isinstance(part, np.ndarray) else part for part in epoch] for epoch in self.history
            ],
            "network": self.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
        }
        write_checkpoint(path, self._identity, state)

    def load(self, path: Path) -> None:
        """Go on where the checkpoint was written; `BadValue` when it is of another training.

        A damaged one changes nothing, and is logged. The same training on another device is the same training.
        """
        state = read_checkpoint(path, self._identity, self.recipe.device)
        if state is None:
            return
        parts: dict[str, Stateful] = {"network": self.network, "optimizer": self._optimizer}
        self.history = restored(path, state, parts, lambda found: epochs_in(found["history"], len(self.seeds))) or []

    def _train_epoch(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        self.network.train()
        batch, count = self.recipe.batch, self._steps * self.recipe.batch
        loss_sum = torch.zeros(len(self.seeds), device=self.recipe.device)
        correct = torch.zeros(len(self.seeds), device=self.recipe.device)
        order = self._order()
        for step in range(self._steps):
            progress = (self.epoch * self._steps + step) / self._horizon
            for group in self._optimizer.param_groups:
                group["lr"] = self.recipe.lr * (1 + math.cos(math.pi * progress)) / 2
            images, labels = self._train.take(order[step * batch : (step + 1) * batch])
            logits = self.network(images)
            losses = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").view(batch, -1).sum(0)
            self._optimizer.zero_grad()
            (losses.sum() / batch).backward()  # type: ignore[no-untyped-call]
            self._optimizer.step()
            loss_sum += losses.detach()
            correct += (logits.detach().argmax(-1) == labels).sum(0)
        return (loss_sum / count).cpu().numpy(), (correct * (100 / count)).cpu().numpy()

    def _order(self) -> Tensor:
        """The order of the images in this epoch, one column per seed."""
        n = len(self._part.labels)
        columns = [np.random.default_rng([seed, self.epoch]).permutation(n) for seed in self.seeds]
        return torch.from_numpy(np.stack(columns, axis=1)).to(self.recipe.device)


def train(training: Training, epochs: int, checkpoint: Path | None = None) -> Iterator[Epoch]:
    """Train until `epochs` are done, saving a checkpoint after each where a path is given, and going on from it."""
    if checkpoint is not None and checkpoint.exists():
        training.load(checkpoint)
    while training.epoch < epochs:
        yield training.run_epoch()
        if checkpoint is not None:
            training.save(checkpoint)


def _steps(images: int, batch: int) -> int:
    if images < batch:
        raise BadValue(f"{images} images are less than one batch of {batch}; train on a larger fraction of the data")
    return images // batch


def _check(fidelity: Fidelity) -> None:
    if not 1 <= fidelity.epochs <= fidelity.schedule:
        raise BadValue(
            f"{fidelity.epochs} epochs of a {fidelity.schedule}-epoch schedule: give 1 to {fidelity.schedule}"
        )
    if not 0 < fidelity.data <= 1:
        raise BadValue(f"a fraction {fidelity.data} of the data: give more than 0 and at most 1")
    if fidelity.depth not in (0.5, 1.0):
        raise BadValue(f"a depth of {fidelity.depth!r} of two cells: give 0.5 for one of them, or 1")


def _channels(full: int, width: float) -> int:
    """How many channels a fraction of them is; `BadValue` unless that is a whole number of at least one."""
    whole = [n / full for n in range(1, full + 1)]
    if width not in whole:
        raise BadValue(f"a width of {width!r} of {full} channels: give {', '.join(f'{one:g}' for one in whole)}")
    return round(full * width)
