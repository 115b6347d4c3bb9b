"""Training any one network from scratch, one epoch at a time.

SGD with Nesterov momentum (Sutskever et al., ICML 2013) and a cosine schedule (Loshchilov & Hutter, SGDR, ICLR 2017,
equation 5 with one period), as NAS-Bench-201 trains (Dong & Yang, ICLR 2020, section 2.3).
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness.live.checkpoint import Stateful, read_checkpoint, restored, write_checkpoint
from harness.live.epoch_result import EpochResult, diverged, impatience
from harness.live.feed import Draws, batches
from harness.live.recipe import SgdRecipe, optimizer_of
from harness.live.setup import Setup
from harness.live.task import Placed, Task

CHUNK = 1024
"""Images that are judged at once."""


class Plan(NamedTuple):
    """What is trained: the label says which network, the seed draws the order of the images and their changes."""

    recipe: SgdRecipe
    schedule: int
    seed: int
    label: str = ""


class Trainer:
    """A half-trained network with its optimizer: images (n, colours, h, w) in, logits (n, classes) out.

    A training whose loss is no longer finite ends there, and its history says so. On the CPU, a deterministic setup
    repeats itself bit by bit, also where a training was interrupted and goes on from a checkpoint.
    """

    def __init__(self, network: nn.Module, task: Task, plan: Plan, setup: Setup) -> None:
        self.network, self.task, self.plan, self.setup = network, task, plan, setup
        self.history: list[EpochResult] = []
        self._forward = setup.place(network)
        self._optimizer = optimizer_of(plan.recipe, network)
        self._scaler = setup.scaler()

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return len(self.history)

    @property
    def ended(self) -> str:
        """Why the training is over before its schedule is; empty where it is not."""
        return self.history[-1].ended if self.history else ""

    def run_epoch(self) -> EpochResult:
        """Train one more epoch, then judge the network by the validation and test images."""
        draws = Draws(self.plan.seed, self.epoch, len(self.task.train.labels))
        with self.setup.arithmetic(draws.seed):
            result = self._run_epoch(draws)
        self.history.append(result)
        return result

    def _run_epoch(self, draws: Draws) -> EpochResult:
        began = self.setup.clock()
        trained = self._train_epoch(draws)
        middle = self.setup.clock()
        valid = self.judge(self.task.valid)
        end = self.setup.clock()
        measured, times = (*trained, *valid), (middle - began, end - middle)
        reason = diverged(self.epoch + 1, trained[0], valid[0])
        if reason:
            return EpochResult(self.epoch + 1, *measured, math.nan, math.nan, *times, reason)
        reason = impatience(self.history, valid[1], self.plan.recipe.patience)
        return EpochResult(self.epoch + 1, *measured, *self.judge(self.task.test), *times, reason)

    def _train_epoch(self, draws: Draws) -> tuple[float, float]:
        """Mean loss and accuracy in percent. No step waits for a GPU: what it gave is kept there until the end."""
        recipe, outputs, losses, labels = self.plan.recipe, [], [], []
        self.network.train()
        for images, truth, progress in batches(self.task, recipe, draws):
            for group in self._optimizer.param_groups:
                group["lr"] = recipe.rate((self.epoch + progress) / self.plan.schedule)
            logits, loss = self._descend(images.contiguous(memory_format=self.setup.layout), truth)
            outputs.append(logits)
            losses.append(loss * len(truth))
            labels.append(truth)
        truths = torch.cat(labels)
        right = (torch.cat(outputs).argmax(1) == truths).sum()
        return torch.stack(losses).sum().item() / len(truths), 100 * right.item() / len(truths)

    def _descend(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """One step; gives the logits and the mean loss before it."""
        recipe = self.plan.recipe
        with self.setup.precision():
            logits = self._forward(images)
            loss = F.cross_entropy(logits, labels, label_smoothing=recipe.smoothing)
        self._optimizer.zero_grad()
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        if recipe.clip is not None:
            self._scaler.unscale_(self._optimizer)
            nn.utils.clip_grad_norm_(self.network.parameters(), recipe.clip)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        return logits.detach(), loss.detach()

    def judge(self, part: Placed) -> tuple[float, float]:
        """Mean loss and accuracy in percent on these images."""
        self.network.eval()
        with torch.inference_mode(), self.setup.precision():
            logits = torch.cat([self._forward(images) for images in torch.split(part.images, CHUNK)])
            loss = F.cross_entropy(logits, part.labels)
            right = (logits.argmax(1) == part.labels).sum()
        return loss.item(), 100 * right.item() / len(part.labels)

    def save(self, path: Path) -> None:
        """Write the checkpoint; a crash leaves the former one."""
        state = {
            "history": [list(epoch) for epoch in self.history],
            "network": self.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
        }
        write_checkpoint(path, self._identity(), state)

    def load(self, path: Path) -> None:
        """Go on where the checkpoint was written; `BadValue` when it is of another training.

        A damaged one changes nothing, and is logged. The same training on another device is the same training.
        """
        state = read_checkpoint(path, self._identity(), self.setup.device)
        if state is None:
            return
        parts: dict[str, Stateful] = {"network": self.network, "optimizer": self._optimizer, "scaler": self._scaler}
        self.history = restored(path, state, parts, _history_in) or []

    def _identity(self) -> list[object]:
        shapes = [list(weights.shape) for weights in self.network.parameters()]
        return [repr(self.plan), self.task.name, self.task.sizes, shapes, self.setup.amp]


def _history_in(state: Mapping[str, Any]) -> list[EpochResult]:
    """The history that a checkpoint says; `ValueError` where that is none."""
    history = [EpochResult(*epoch) for epoch in state["history"]]
    for i, epoch in enumerate(history, 1):
        if epoch.epoch != i or not all(isinstance(part, float) for part in epoch[1:9]):
            raise ValueError("its history is of other epochs")
        if not isinstance(epoch.ended, str):
            raise ValueError("its history ends without a reason")
    return history


def finish(trainer: Trainer, epochs: int, checkpoint: Path | None = None) -> Iterator[EpochResult]:
    """Train until `epochs` are done or the training ends, saving a checkpoint after each epoch where a path is given.

    Where there is a checkpoint already, the training goes on from it.
    """
    if checkpoint is not None and checkpoint.exists():
        trainer.load(checkpoint)
    while trainer.epoch < epochs and not trainer.ended:
        yield trainer.run_epoch()
        if checkpoint is not None:
            trainer.save(checkpoint)
