"""Architecture parameters that learn from what is drawn by them, in turn with the weights."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from harness.core import Arch
from proxies.weight_sharing._alphas import Alphas, entropy, skip_share
from proxies.weight_sharing._losses import mean
from proxies.weight_sharing._norms import Norms
from proxies.weight_sharing._shared import Mixture, SharedNetwork
from proxies.weight_sharing._supernet import Stateful, WeightSharing, cross_entropy
from proxies.weight_sharing._task import Images, Task


class Sampling(WeightSharing):
    """A step of the architecture parameters on validation images, one of the weights on training images, in turn.

    A method says what the weights' next step trains (`drawn`), and how the parameters learn (`learn`); their softmax is
    how probable each operation is. The running averages of the batch norms are those of the weights' steps.
    """

    def __init__(self, task: Task, network: SharedNetwork, *, seed: int) -> None:
        super().__init__(task, network, seed=seed)
        self.alphas, self.norms = Alphas(network, seed), Norms(network)
        self.architect = self.make_architect()

    @abstractmethod
    def make_architect(self) -> torch.optim.Optimizer:
        """The optimizer of the architecture parameters."""

    @abstractmethod
    def drawn(self) -> Mixture:
        """What the next step of the weights trains, without a gradient of the architecture parameters."""

    @abstractmethod
    def learn(self, valid: Images) -> Tensor:
        """A step of the architecture parameters; gives the loss that it went down."""

    @abstractmethod
    def watched(self) -> Mapping[str, float]:
        """What else is seen after an epoch."""

    def train_epoch(self) -> Mapping[str, float]:
        """One pass over the training images; it ends where the architecture parameters diverge."""
        valid = self._endless(self.task.valid)
        train_losses, valid_losses = [], []
        for batch in self.paced(self.task.train):
            with self.norms.still():
                valid_losses.append(self.learn(next(valid)))
            if not self._finite():
                return {"train_loss": float("nan")}
            loss = cross_entropy(self.network, batch, self.drawn())
            self.descend(loss)
            train_losses.append(loss.detach())
        shares = self.probabilities()
        return {
            "train_loss": mean(train_losses),
            "valid_loss": mean(valid_losses),
            "skip_share": skip_share(self.network, shares),
            "entropy": entropy(shares),
            **self.watched(),
        }

    def probabilities(self) -> list[Tensor]:
        """Of each edge's options, without gradient."""
        with torch.no_grad():
            return self.alphas.softmax()

    def derive(self) -> Arch:
        """The most probable operation of each edge; `none` may be it."""
        return self.network.discretise([edge.double().cpu().numpy() for edge in self.probabilities()])

    def parts(self) -> Mapping[str, Stateful]:
        """The architecture parameters and their optimizer."""
        return {"alphas": self.alphas, "architect": self.architect}

    def progress(self) -> float:
        """How much of the training is done, 0 in the first epoch and 1 in the last."""
        return self.epoch / max(self.settings.epochs - 1, 1)

    def _finite(self) -> bool:
        return bool(torch.cat(list(self.alphas.edges)).isfinite().all())

    def _endless(self, images: Images) -> Iterator[Images]:
        while True:
            yield from self.task.batches(images, self.rng)


def step_down(architect: torch.optim.Optimizer, alphas: Alphas, loss: Tensor) -> None:
    """One step of the architecture parameters down the gradient of the loss; the weights get none."""
    parameters = list(alphas.parameters())
    gradients = torch.autograd.grad(loss, parameters, materialize_grads=True)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    architect.step()
