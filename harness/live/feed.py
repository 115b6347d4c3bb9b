"""The images of one epoch, batch by batch."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from harness.live.recipe import SgdRecipe
from harness.live.task import Task

AHEAD = 16
"""So many batches are drawn and changed at once: it costs the same few kernels as one."""


class Batch(NamedTuple):
    """Images (n, colours, h, w), labels (n,), and which fraction of the epoch is through before them."""

    images: Tensor
    labels: Tensor
    progress: float


class Draws:
    """All that is drawn in an epoch; the order of the images is that of `harness.live.training` for the same seed."""

    def __init__(self, seed: int, epoch: int, images: int) -> None:
        rng = np.random.default_rng([seed, epoch])
        self.order = torch.from_numpy(rng.permutation(images))
        self.seed = int(rng.integers(2**62))


def batches(task: Task, recipe: SgdRecipe, draws: Draws) -> Iterator[Batch]:
    """The training images in the order drawn, mirrored and moved by the recipe; the same on every device."""
    augment = recipe.augmentation(task.shape.height, task.black)
    generator = torch.Generator().manual_seed(draws.seed)
    order = draws.order.to(task.train.labels.device)
    done = 0
    for rows in torch.split(order, AHEAD * recipe.batch):
        images, labels = task.train.images[rows], task.train.labels[rows]
        if augment is not None:
            images = augment(images, generator)
        for some, truth in zip(torch.split(images, recipe.batch), torch.split(labels, recipe.batch), strict=True):
            yield Batch(some, truth, done / -(-len(order) // recipe.batch))
            done += 1
