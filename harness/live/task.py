"""The images that a network learns and is judged by, on their device."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from harness.errors import BadValue
from harness.live.dataset import Dataset, Part
from harness.live.setup import Setup


class Shape(NamedTuple):
    """What goes into a network, and how many logits come out of it."""

    colours: int
    height: int
    width: int
    classes: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A part of a data set on the device: images (n, colours, h, w) and labels (n,)."""

    images: Tensor
    labels: Tensor


@dataclass(frozen=True, slots=True)
class Task:
    """A data set on the device; a network learns from `train` alone. `black` is a black point, by channel."""

    name: str
    classes: int
    train: Placed
    valid: Placed
    test: Placed
    black: tuple[float, ...] = (0.0,)

    @property
    def shape(self) -> Shape:
        """What a network for the task looks like from outside."""
        colours, height, width = self.train.images.shape[1:]
        return Shape(colours, height, width, self.classes)

    @property
    def sizes(self) -> list[int]:
        """How many images each part has."""
        return [len(part.labels) for part in (self.train, self.valid, self.test)]


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a data set.

    At most so many `images` of each part (None: all), of those to train the fraction `data`, each with the fraction
    `resolution` of its sides.
    """

    images: int | None = None
    data: float = 1.0
    resolution: float = 1.0

    def __post_init__(self) -> None:
        if self.images is not None and (not isinstance(self.images, int) or self.images < 1):
            raise BadValue(f"images = {self.images!r}: give a whole number of at least 1, or leave it out for all")


def place(dataset: Dataset, share: Share, setup: Setup) -> Task:
    """Read that share of the data set, and move it to the device; `BadValue` where it is not to be had."""
    train = _capped(dataset.train, share.images).subset(share.data)
    others = [_capped(part, share.images) for part in (dataset.valid, dataset.test)]
    black = dataset.scale.black if dataset.scale else (0.0,)
    first, *rest = (_placed(part.shrunk(share.resolution), setup) for part in (train, *others))
    return Task(dataset.name, dataset.classes, first, rest[0], rest[1], black)


def _capped(part: Part, images: int | None) -> Part:
    """A stratified choice of so many images, the same at every call; all where there are no more."""
    n = len(part.labels)
    return part if images is None or images >= n else part.subset(images / n)


def _placed(part: Part, setup: Setup) -> Placed:
    images = torch.from_numpy(np.asarray(part.images)).to(setup.device)
    return Placed(images.contiguous(memory_format=setup.layout), torch.from_numpy(part.labels).to(setup.device))
