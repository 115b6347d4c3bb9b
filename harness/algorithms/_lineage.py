"""Networks that inherit from each other, as an algorithm sees them."""

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np

from harness.core import Arch


class Member(NamedTuple):
    """An architecture with its weights."""

    arch: Arch
    weights: Any


class Lineage(ABC):
    """Begins a family of networks, has them grow, and trains them; it is made with (space, benchmark)."""

    @abstractmethod
    def begin(self, rng: np.random.Generator) -> Member:
        """A small network with weights of its own, not yet trained."""

    @abstractmethod
    def grow(self, parent: Member, rng: np.random.Generator) -> Member:
        """A child that computes what its parent does and can learn more; the parent stays as it was."""

    @abstractmethod
    def train(self, member: Member, epochs: int, lr: float, seed: int) -> tuple[Member, float]:
        """The member after so many epochs with a learning rate from `lr` to 0, and its validation accuracy then.

        The one that is given stays as it was; an accuracy that is not finite means that the training diverged.
        """
