"""The networks and images that zero-cost proxies look at: those that training starts from."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from harness import registry
from harness.core import Arch, Benchmark, SearchSpace
from harness.errors import BadValue
from harness.live.dataset import Dataset
from harness.live.network import CellNetwork, initialise
from harness.live.official_network import nb201_network, size_network
from proxies.zero_cost._look import Look

PRECISIONS = {"float32": torch.float32, "float64": torch.float64}
OFFICIAL = {"nb201": nb201_network, "nats_sss": size_network}
"""The networks that a benchmark's authors trained, by space."""

SMALL = "digits"
"""The data set whose images are for the small network of `harness.live.network`."""

Options = tuple[str | None, int, str | None]
"""Data set, images in the batch, precision."""


class Minibatch(NamedTuple):
    """Images (n, colours, h, w) and labels (n,)."""

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


class Laboratory:
    """Where networks of a space are looked at: a data set, a batch of it drawn by the seed, a precision.

    There is one for equal arguments, so that proxies which share it know so. `chunk` is how many architectures are a
    piece of work, and `definition` says what was decided here.
    """

    def __init__(self, space: SearchSpace, dataset: Dataset, options: Options, seed: int) -> None:
        _, batch, precision = options
        self._space, self._dataset, self._seed = space, dataset, seed
        self._small = dataset.name == SMALL
        self._dtype = PRECISIONS[precision or ("float64" if self._small else "float32")]
        images, labels = draw_minibatch(dataset, batch, seed)
        layout = torch.contiguous_format if self._small else torch.channels_last
        self._minibatch = Minibatch(images.to(dtype=self._dtype, memory_format=layout), labels)
        self.chunk = 200 if self._small else 20
        self.definition = {
            "dataset": dataset.name,
            "batch": str(batch),
            "precision": str(self._dtype).removeprefix("torch."),
            "network": "that of digits201" if self._small else "the official one",
            "initialisation": "He, normal" if self._small else "PyTorch's default, as the official code's",
        }

    def look(self, arch: Arch, *, curved: bool) -> Look:
        """A look at the architecture's canonical form; its seconds begin with building the network."""
        own = self._space.canonical(arch)
        return Look(lambda: self.network(own), *self._minibatch, curved=curved, seed=self._seed)

    def network(self, arch: Arch) -> nn.Module:
        """The network that training with the seed starts from."""
        if not self._small:
            official: nn.Module = OFFICIAL[self._space.name](arch, self._dataset.classes, self._seed)
            official.to(dtype=self._dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
            return official
        with torch.random.fork_rng(devices=[]):  # torch's own initialisation draws from the global generator
            network = CellNetwork(arch, (self._dataset.train.images.shape[1], self._dataset.classes))
        initialise(network, [self._seed])
        return Logits(network.to(self._dtype))


def laboratory_of(benchmark: Benchmark, proxy: str, options: Options, seed: int) -> Laboratory:
    """The laboratory of these options; a `BadValue` when there is no data set, or no network for it."""
    dataset, _, precision = options
    name = dataset or benchmark.dataset
    if name is None:
        raise BadValue(
            f"{proxy} needs networks to look at, and {benchmark.name} names no data set to build them for: name one "
            f'with {{ name = "{proxy}", dataset = "cifar10" }}, choose a benchmark that has one, such as digits201, or '
            "a proxy that reads the table"
        )
    known = ("nb201",) if name == SMALL else tuple(OFFICIAL)
    if benchmark.space.name not in known:
        raise BadValue(
            f"{proxy} cannot build networks of the space {benchmark.space.name} for {name}: they exist for "
            f"{', '.join(known)}; choose a benchmark of such a space, or a proxy that reads the table"
        )
    if precision is not None and precision not in PRECISIONS:
        raise BadValue(f"precision = {precision!r} cannot be used: give one of {', '.join(PRECISIONS)}")
    return _laboratory(benchmark.space, name, options, seed)


def draw_minibatch(dataset: Dataset, batch: int, seed: int) -> Minibatch:
    """Draw `batch` training images by the seed, without replacement."""
    part = dataset.train
    if not isinstance(batch, int) or not 2 <= batch <= len(part.labels):
        raise BadValue(f"a batch of {batch!r} images of {dataset.name}: give 2 to {len(part.labels)}")
    rows = np.random.default_rng(seed).permutation(len(part.labels))[:batch]
    return Minibatch(torch.from_numpy(part.images[rows]), torch.from_numpy(part.labels[rows]))


@lru_cache(maxsize=4)
def _laboratory(space: SearchSpace, dataset: str, options: Options, seed: int) -> Laboratory:
    return Laboratory(space, registry.load("dataset", dataset)(), options, seed)
