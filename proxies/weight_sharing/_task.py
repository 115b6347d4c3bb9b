"""What a supernet learns: the images on their device, and the network that the benchmark's architectures make."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from harness import registry
from harness.core import Benchmark, SearchSpace
from harness.errors import BadValue
from harness.live.dataset import Dataset, Part
from harness.live.device import usable
from proxies.weight_sharing._edge import MakeEdge
from proxies.weight_sharing._networks import ImageShape, network_of
from proxies.weight_sharing._settings import Settings
from proxies.weight_sharing._shared import SharedNetwork

CHUNK = 512
"""Images that are looked at as one when no gradient is wanted."""

Images = tuple[Tensor, Tensor]
"""Images (n, colours, h, w) and labels (n,)."""


@dataclass(frozen=True)
class Task:
    """A space and a data set. A supernet's weights learn from `train`, all that chooses from `valid`; never `test`."""

    space: SearchSpace
    dataset: Dataset
    settings: Settings

    @cached_property
    def train(self) -> Images:
        """The training part, on the device."""
        return self._placed(self.dataset.train)

    @cached_property
    def valid(self) -> Images:
        """The validation part, on the device."""
        return self._placed(self.dataset.valid)

    @cached_property
    def calibration(self) -> list[Tensor]:
        """The training images, the same for every seed, in batches, from which batch norms are computed anew."""
        images, _ = self.train
        chosen = np.random.default_rng(0).permutation(len(images))[: self.settings.recalibration]
        batches = list(torch.split(images[torch.from_numpy(np.sort(chosen)).to(images.device)], CHUNK))
        if len(batches) > 1 and len(batches[-1]) == 1:  # a batch norm of one image may have no variance
            batches[-2:] = [torch.cat(batches[-2:])]
        return batches

    def batches(self, images: Images, rng: np.random.Generator) -> Iterator[Images]:
        """One epoch in an order drawn by `rng`; what does not fill a batch is left for another epoch."""
        batch, n = self.settings.batch, len(images[1])
        order = torch.from_numpy(rng.permutation(n)).to(images[1].device)
        for start in range(0, n - batch + 1, batch):
            rows = order[start : start + batch]
            yield images[0][rows], images[1][rows]

    @property
    def shape(self) -> ImageShape:
        """What a network has to know of the images."""
        _, colours, pixels, _ = self.dataset.train.images.shape
        return ImageShape(colours, pixels, self.dataset.classes)

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        return len(self.dataset.train.labels) // self.settings.batch

    def _placed(self, part: Part) -> Images:
        images = torch.from_numpy(np.asarray(part.images)).to(self.settings.device)
        labels = torch.from_numpy(part.labels).to(self.settings.device)
        return images.contiguous(memory_format=torch.channels_last), labels


def task_of(benchmark: Benchmark, settings: Settings, method: str) -> Task:
    """The task of a benchmark; a `BadValue` when it names no data set or has too few images for a batch."""
    usable(settings.device)
    name = settings.dataset or benchmark.dataset
    if name is None:
        raise BadValue(
            f"{method} trains a network, and {benchmark.name} names no data set: name one with "
            f'{{ name = "{method}", dataset = "cifar10" }}, or choose a benchmark that has one, such as digits201'
        )
    dataset: Dataset = registry.load("dataset", name)()
    fewest = min(len(dataset.train.labels), len(dataset.valid.labels))
    if settings.batch > fewest:
        raise BadValue(
            f"batch = {settings.batch} of {method}: {name} has {fewest} images to train or to validate; give fewer, "
            f'as in {{ name = "{method}", batch = {max(2, fewest // 4)} }}'
        )
    return Task(benchmark.space, dataset, settings)


def cell_network(task: Task, seed: int, edge: MakeEdge, method: str) -> SharedNetwork:
    """The supernet of the task's space for its images, with weights drawn by the seed; `BadValue` for another space.

    `edge` makes the edges of NAS-Bench-201 cells; networks of other spaces have their own, and refuse a special one.
    """
    return drawn(lambda: network_of(task.space.name, task.shape, task.settings, edge, method), task, seed)


def drawn(build: Callable[[], SharedNetwork], task: Task, seed: int) -> SharedNetwork:
    """The network with weights drawn by the seed, on the task's device; torch's global generator stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        network = build()
    network.to(task.settings.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network
