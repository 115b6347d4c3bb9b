"""How networks learn: the hyperparameters of published trainings from scratch."""

import math
from dataclasses import dataclass

import torch
from torch import nn

from harness.errors import BadValue
from harness.live.augment import Augmentation


@dataclass(frozen=True, slots=True)
class SgdRecipe:
    """SGD with momentum, by default Nesterov's; the learning rate goes from `lr` to 0 along a cosine, step by step.

    `batch` images make a step, the last step of an epoch has those that are left. `clip` is the largest norm of a
    step's gradient (None: any), `smoothing` the share of the label that all classes have alike. Training images are
    mirrored with the probability `flip`, moved by up to the fraction `crop` of a side, and a square with the fraction
    `cutout` of a side is left out. With `patience`, a training ends when the accuracy on the validation images was not
    better than before for so many epochs.
    """

    batch: int = 256
    lr: float = 0.1
    momentum: float = 0.9
    nesterov: bool = True
    weight_decay: float = 5e-4
    clip: float | None = None
    smoothing: float = 0.0
    flip: float = 0.5
    crop: float = 0.125
    cutout: float = 0.0
    patience: int | None = None

    def __post_init__(self) -> None:
        for name in ("batch", "patience"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
                raise BadValue(f"{name} = {value!r} of a recipe: give a whole number of at least 1")
        for name in ("lr", "clip"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise BadValue(f"{name} = {value!r} of a recipe: give more than 0")
        if not 0 <= self.flip <= 1:
            raise BadValue(f"flip = {self.flip!r} of a recipe: give a probability, 0 to 1")
        if self.nesterov and not self.momentum:
            raise BadValue("nesterov = true with momentum = 0: give more momentum, or nesterov = false")
        for name in ("momentum", "smoothing", "crop", "cutout"):
            if not 0 <= getattr(self, name) < 1:
                raise BadValue(f"{name} = {getattr(self, name)!r} of a recipe: give 0 to less than 1")
        if not self.weight_decay >= 0:
            raise BadValue(f"weight_decay = {self.weight_decay!r} of a recipe: give 0 or more")

    def augmentation(self, side: int, black: tuple[float, ...]) -> Augmentation | None:
        """What changes images of so many pixels a side, whose black points have these values; None for nothing."""
        if not (self.flip or self.crop or self.cutout):
            return None
        return Augmentation(self.flip, round(self.crop * side), round(self.cutout * side), black)

    def rate(self, progress: float) -> float:
        """The learning rate when this fraction of the schedule is through."""
        return self.lr * (1 + math.cos(math.pi * progress)) / 2


NB201 = SgdRecipe()
"""NAS-Bench-201 and NATS-Bench, for all of their schedules (Dong & Yang, ICLR 2020, section 2.3): images of 32 pixels
move by up to 4, those of 16 by up to 2."""


def optimizer_of(recipe: SgdRecipe, network: nn.Module) -> torch.optim.SGD:
    """The optimizer of all weights of the network, which is on its device already."""
    return torch.optim.SGD(
        network.parameters(),
        lr=recipe.lr,
        momentum=recipe.momentum,
        weight_decay=recipe.weight_decay,
        nesterov=recipe.nesterov,
        fused=True,
    )
