"""The networks and images that zero-cost proxies look at: those that live training starts from."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from harness import registry
from harness.core import Arch, Benchmark
from harness.errors import BadValue
from harness.live.dataset import Dataset
from harness.live.network import CellNetwork, initialise


class Minibatch(NamedTuple):
    """Images (n, colours, h, w) in float64 and labels (n,)."""

    images: Tensor
    labels: Tensor


class Logits(nn.Module):
    """A single network among the side-by-side ones of live training: logits of shape (n, classes)."""

    def __init__(self, network: CellNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """Logits (n, classes) for images (n, colours, h, w)."""
        logits: Tensor = self.network(images)
        return logits.flatten(1)


def load_dataset(benchmark: Benchmark, proxy: str) -> Dataset:
    """The data set of the benchmark; a `BadValue` when it names none or the space has no trainable network."""
    if benchmark.dataset is None:
        raise BadValue(
            f"{proxy} needs networks to look at, and {benchmark.name} names no data set to build them for: "
            "choose a benchmark with a data set, such as digits201, or a proxy that reads the table"
        )
    if benchmark.space.name != "nb201":
        raise BadValue(
            f"{proxy} cannot build networks of the space {benchmark.space.name}: live networks exist for nb201; "
            "choose a benchmark of that space, or a proxy that reads the table"
        )
    dataset: Dataset = registry.load("dataset", benchmark.dataset)()
    return dataset


def draw_minibatch(dataset: Dataset, batch: int, seed: int) -> Minibatch:
    """Draw `batch` training images by the seed, without replacement."""
    part = dataset.train
    if not isinstance(batch, int) or not 2 <= batch <= len(part.labels):
        raise BadValue(f"a batch of {batch!r} images of {dataset.name}: give 2 to {len(part.labels)}")
    rows = np.random.default_rng(seed).permutation(len(part.labels))[:batch]
    return Minibatch(torch.from_numpy(part.images[rows]).double(), torch.from_numpy(part.labels[rows]))


def build_network(arch: Arch, dataset: Dataset, seed: int) -> Logits:
    """The network that training with this seed starts from, in float64 and training mode."""
    with torch.random.fork_rng(devices=[]):  # torch's own initialisation draws from the global generator
        network = CellNetwork(arch, (dataset.train.images.shape[1], dataset.classes))
    initialise(network, [seed])
    return Logits(network.double())
