"""Architecture parameters that learn by gradient while the weights do (Liu et al., DARTS, ICLR 2019, algorithm 1)."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.errors import BadValue
from harness.spaces.nb201 import NONE
from proxies.weight_sharing._alphas import adam, entropy, skip_share
from proxies.weight_sharing._losses import mean
from proxies.weight_sharing._norms import Norms
from proxies.weight_sharing._shared import Mixture, SharedNetwork
from proxies.weight_sharing._supernet import WeightSharing, cross_entropy
from proxies.weight_sharing._task import Images, Task

Slope = tuple[Tensor, Sequence[Tensor | None]]
"""A validation loss, and a gradient for each tensor of the architecture parameters; None where it does not matter."""


@dataclass(frozen=True, slots=True)
class Learning:
    """How architecture parameters learn: Adam with the rate `lr` and the decay `weight_decay`."""

    lr: float
    weight_decay: float

    def __post_init__(self) -> None:
        if not self.lr > 0 or not self.weight_decay >= 0:
            raise BadValue(
                f"alpha_lr = {self.lr!r}, alpha_decay = {self.weight_decay!r}: architecture parameters need a learning "
                "rate above 0 and a weight decay of at least 0"
            )


class Differentiable(WeightSharing):
    """Steps of the architecture parameters on validation images and of the weights on training images, in turn.

    A method says what the parameters mean (`mixture`) and which way they are to go (`slope`). The running averages of
    the batch norms are those of the weights' steps.
    """

    def __init__(self, task: Task, network: SharedNetwork, alphas: nn.Module, learning: Learning, *, seed: int) -> None:
        super().__init__(task, network, seed=seed)
        self.alphas, self.norms = alphas, Norms(network)
        self.architect = adam(alphas, learning.lr, learning.weight_decay)

    @abstractmethod
    def mixture(self) -> Mixture:
        """What the edges compute, with gradient with respect to the architecture parameters."""

    @abstractmethod
    def slope(self, train: Images, valid: Images) -> Slope:
        """The gradient that the architecture parameters go down, from a batch of each part."""

    def alternate(self, batches: Iterable[Images], *, learns: bool = True) -> dict[str, float]:
        """One epoch of both on these training batches; of the weights alone unless the architecture `learns`.

        Gives the mean losses; there is no `valid_loss` where nothing is learned from it.
        """
        valid = self._endless(self.task.valid)
        losses: dict[str, list[Tensor]] = {"train_loss": [], "valid_loss": []}
        for batch in batches:
            if learns:
                losses["valid_loss"].append(self._learn(batch, next(valid)))
            losses["train_loss"].append(self._descend(batch))
        return {name: mean(found) for name, found in losses.items() if found}

    def seen(self, probabilities: Sequence[Tensor]) -> dict[str, float]:
        """The mean probability of the skip connection, and the mean entropy of an edge in nats."""
        return {"skip_share": skip_share(self.network, probabilities), "entropy": entropy(probabilities)}

    def mixture_loss(self, batch: Images) -> Tensor:
        """The loss of the mixture, with gradient."""
        return cross_entropy(self.network, batch, self.mixture())

    def first_order(self, valid: Images) -> Slope:
        """The gradient of the validation loss at the weights as they are."""
        loss = self.mixture_loss(valid)
        return loss.detach(), torch.autograd.grad(loss, list(self.alphas.parameters()), allow_unused=True)

    def _learn(self, train: Images, valid: Images) -> Tensor:
        with self.norms.still():
            loss, gradient = self.slope(train, valid)
        for parameter, slope in zip(self.alphas.parameters(), gradient, strict=True):
            parameter.grad = slope
        self.architect.step()
        return loss

    def _descend(self, batch: Images) -> Tensor:
        with torch.no_grad():  # the weights' step needs no gradient of the architecture parameters
            mixture = self.mixture()
        loss = cross_entropy(self.network, batch, mixture)
        self.descend(loss)
        return loss.detach()

    def _endless(self, images: Images) -> Iterator[Images]:
        while True:
            yield from self.task.batches(images, self.rng)


def warmed(warmup: int, epochs: int) -> int:
    """The epochs of the warm-up, where they are fewer than `epochs`; else a `BadValue`."""
    if isinstance(warmup, int) and not isinstance(warmup, bool) and 0 <= warmup < epochs:
        return warmup
    raise BadValue(
        f"warmup = {warmup!r}: what begins after the warm-up would never begin in {epochs} epochs; give a whole number "
        f"from 0 to {epochs - 1}, or more epochs"
    )


def strengths(shares: Sequence[Tensor], none: float = -np.inf) -> list[NDArray[np.float64]]:
    """The shares, by which operations are chosen, that of `none` replaced: it is set aside (DARTS, section 2.4)."""
    found = [share.detach().cpu().numpy().astype(np.float64) for share in shares]
    for strength in found:
        strength[NONE] = none
    return found
