"""Many small networks of different cells, trained in one go as each would be alone."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from harness.errors import BadValue
from harness.live.epoch_result import EpochResult, diverged
from harness.live.feed import Batch, Draws, batches
from harness.live.grouped import grouped
from harness.live.network import CellNetwork
from harness.live.official_network import OfficialNetwork
from harness.live.recipe import SgdRecipe, optimizer_of
from harness.live.setup import Setup
from harness.live.task import Placed, Task

JUDGED = 4096
"""Images that are judged at once, those of all networks together."""


class ManyPlan(NamedTuple):
    """How each network is trained; each has its seed, for the order of the images and their changes."""

    recipe: SgdRecipe
    schedule: int
    seeds: tuple[int, ...]


class ManyTrainer:
    """Networks of one skeleton and different cells in training, side by side.

    Each learns what it would learn alone with a `Trainer`, up to rounding: what it sees, and when, rests on its own
    seed. Where seeds are equal, networks share the images, which saves memory. `histories` has one for each network.
    """

    def __init__(
        self, networks: Sequence[CellNetwork] | Sequence[OfficialNetwork], task: Task, plan: ManyPlan, setup: Setup
    ) -> None:
        _refuse(len(networks), plan, setup)
        self.task, self.plan, self.setup = task, plan, replace(setup, channels_last=setup.device == "cpu")
        self.histories: list[list[EpochResult]] = [[] for _ in networks]
        self.network = grouped(networks)
        self.epoch = 0
        self._forward = self.setup.place(self.network)
        self._optimizer = optimizer_of(plan.recipe, self.network)
        self._seeds = sorted(set(plan.seeds))
        self._which = torch.tensor([self._seeds.index(seed) for seed in plan.seeds], device=setup.device)

    def run_epoch(self) -> None:
        """Train one more epoch, then judge all networks; one whose training diverged has no further results."""
        draws = [Draws(seed, self.epoch, len(self.task.train.labels)) for seed in self._seeds]
        with self.setup.arithmetic(draws[0].seed):
            began = self.setup.clock()
            trained = self._train_epoch(draws)
            middle = self.setup.clock()
            valid = self._judge(self.task.valid)
            end = self.setup.clock()
            test = self._judge(self.task.test)
        self.epoch += 1
        share = len(self.histories)
        seconds = ((middle - began) / share, (end - middle) / share)
        for history, row in zip(self.histories, torch.cat([trained, valid, test]).T.tolist(), strict=True):
            if not history or not history[-1].ended:
                history.append(_result(self.epoch, row, seconds))

    def _train_epoch(self, draws: Sequence[Draws]) -> Tensor:
        """Mean loss and accuracy in percent of each network, shape (2, networks)."""
        recipe, losses, right = self.plan.recipe, [], []
        self.network.train()
        for parts in zip(*(batches(self.task, recipe, one) for one in draws), strict=True):
            images, labels = self._side_by_side(parts)
            for group in self._optimizer.param_groups:
                group["lr"] = recipe.rate((self.epoch + parts[0].progress) / self.plan.schedule)
            with self.setup.precision():
                logits = self._forward(images)
                each = _cross_entropy(logits, labels, recipe.smoothing)
            self._optimizer.zero_grad()
            (each.sum() / len(each)).backward()  # type: ignore[no-untyped-call]
            self._optimizer.step()
            losses.append(each.detach().sum(0))
            right.append((logits.detach().argmax(-1) == labels).sum(0))
        return _means(losses, right, len(self.task.train.labels))

    def _side_by_side(self, parts: Sequence[Batch]) -> tuple[Tensor, Tensor]:
        """Images (n, colours, h, w) for all, or (n, networks x colours, h, w), and labels (n, networks)."""
        labels = torch.stack([part.labels for part in parts], 1)[:, self._which]
        if len(parts) == 1:
            return self._laid(parts[0].images), labels
        images = torch.stack([part.images for part in parts], 1)[:, self._which]
        return self._laid(torch.flatten(images, 1, 2)), labels

    def _laid(self, images: Tensor) -> Tensor:
        return images.contiguous(memory_format=self.setup.layout)

    def _judge(self, part: Placed) -> Tensor:
        """Mean loss and accuracy in percent of each network, shape (2, networks)."""
        losses, right, size = [], [], max(JUDGED // len(self.histories), 128)
        self.network.eval()
        with torch.inference_mode(), self.setup.precision():
            for images, truth in zip(torch.split(part.images, size), torch.split(part.labels, size), strict=True):
                logits, labels = self._forward(self._laid(images)), truth[:, None].expand(-1, len(self._which))
                losses.append(_cross_entropy(logits, labels).sum(0))
                right.append((logits.argmax(-1) == labels).sum(0))
            return _means(losses, right, len(part.labels))


def _cross_entropy(logits: Tensor, labels: Tensor, smoothing: float = 0.0) -> Tensor:
    """The loss of each image in each network, (n, networks)."""
    flat = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none", label_smoothing=smoothing)
    return flat.view(labels.shape)


def _means(losses: list[Tensor], right: list[Tensor], images: int) -> Tensor:
    means = torch.stack([torch.stack(each).sum(0).double() / images for each in (losses, right)])
    return means.cpu() * torch.tensor([[1.0], [100.0]])  # waits for a GPU, so that the clock tells the truth


def _result(epoch: int, row: list[float], seconds: tuple[float, float]) -> EpochResult:
    """What an epoch gave one network, of six losses and accuracies."""
    reason = diverged(epoch, row[0], row[2])
    train_loss, train_accuracy, valid_loss, valid_accuracy, *test = row
    loss, accuracy = (math.nan, math.nan) if reason else test
    return EpochResult(
        epoch, train_loss, train_accuracy, valid_loss, valid_accuracy, loss, accuracy, *seconds, ended=reason
    )


def _refuse(networks: int, plan: ManyPlan, setup: Setup) -> None:
    if networks != len(plan.seeds):
        raise BadValue(f"{networks} networks and {len(plan.seeds)} seeds: give a seed for each network")
    if plan.recipe.clip is not None or plan.recipe.patience is not None:
        raise BadValue("networks trained together take their steps together: leave out clip and patience")
    if setup.amp == "float16":
        raise BadValue("amp = 'float16' scales the losses of all networks alike: give bfloat16 to train them together")
