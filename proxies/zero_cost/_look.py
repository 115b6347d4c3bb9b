"""What can be seen of a network without training it: passes that zero-cost formulas share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness.errors import BadValue
from proxies.zero_cost._layers import weights_of
from proxies.zero_cost._passes import Book, Pass
from proxies.zero_cost._recorder import Recorder
from proxies.zero_cost._twice import Tally, Wanted


class Forward(NamedTuple):
    """One forward pass with its graph.

    `images` are those of the batch, and take gradients. `layers` are the convolutions and linear layers in the order in
    which they were used, with their `outputs`; `rectified` is what entered each rectifier, in that order too. `tallied`
    are the ids of the weights whose convolution counts its curvature itself. `blocks` are the outputs of the network's
    blocks, see `_blocks`.
    """

    images: Tensor
    logits: Tensor
    layers: list[nn.Module]
    outputs: list[Tensor]
    rectified: list[Tensor]
    tallied: set[int]
    blocks: list[Tensor]


class Gradients(NamedTuple):
    """Of the loss: with respect to each of the network's weights, and to each output of its layers."""

    weights: list[Tensor]
    outputs: list[Tensor]


class Echo(NamedTuple):
    """Random signs at the output of a block, and what its backward pass makes of them at its input."""

    sent: Tensor
    back: Tensor


class Look:
    """A network with one batch: images (n, colours, h, w) and labels (n,).

    `build` gives the network, which is put into training mode. Batch normalisation uses the batch's statistics, the
    loss is the mean cross entropy, and `weights` are those of all convolutions and linear layers, never biases, never
    those of normalisation. A pass is made when it is first asked for. With `curved`, gradients can be differentiated
    once more.
    """

    def __init__(
        self, build: Callable[[], nn.Module], images: Tensor, labels: Tensor, *, curved: bool = False, seed: int = 0
    ) -> None:
        self.images, self.labels, self.seed = images, labels, seed
        self.book = Book()
        self._build, self._tally = build, Tally() if curved else None

    @property
    def generator(self) -> torch.Generator:
        """What a formula draws from: new at each call, and the same for the same seed."""
        return torch.Generator(self.images.device).manual_seed(self.seed)

    @Pass
    def network(self) -> nn.Module:
        """The network in training mode."""
        return self._build().train()

    @Pass
    def weights(self) -> list[Tensor]:
        """The weights of all convolutions and linear layers, in the order of the network."""
        return weights_of(self.network)

    @Pass
    def forward(self) -> Forward:
        """The batch through the network."""
        images = self.images.detach().requires_grad_()
        for sharing in (True, False):
            with torch.enable_grad(), Recorder(self.network, self._tally, sharing=sharing) as seen:
                logits = self.network(images)
            if not seen.modified:
                break
        return Forward(images, logits, seen.layers, seen.outputs, seen.rectified, seen.tallied, seen.blocks)

    @Pass
    def loss(self) -> Tensor:
        """The mean cross entropy."""
        with torch.enable_grad():
            return F.cross_entropy(self.forward.logits, self.labels)

    @Pass
    def gradients(self) -> Gradients:
        """The backward pass of the loss."""
        wanted = [*self.weights, *self.forward.outputs]
        found = _gradients(self.loss, wanted, create_graph=self._tally is not None)
        return Gradients(found[: len(self.weights)], found[len(self.weights) :])

    @Pass
    def jacobian(self) -> Tensor:
        """The gradients of the summed logits with respect to the pixels of each image, shape (n, pixels)."""
        with self._backward_for("images"):
            (jacobian,) = _gradients(self.forward.logits.sum(), [self.forward.images])
        return jacobian.flatten(1)

    @Pass
    def echoes(self) -> list[Echo]:
        """The backward passes of random signs from the output of each block but the first to that of the one before."""
        generator, blocks, echoes = self.generator, self.forward.blocks, []
        for before, block in pairwise(blocks):
            sent = torch.empty_like(block, requires_grad=False).bernoulli_(generator=generator) * 2 - 1
            back = torch.zeros_like(before)
            if block.requires_grad and before.requires_grad:
                with self._backward_for("images"):
                    (back,) = _gradients([block], [before], along=[sent])
            echoes.append(Echo(sent, back))
        return echoes

    @Pass
    def curvature(self) -> float:
        """The sum over all weights of w . (Hg), with g the gradient of the loss and H its Hessian; needs `curved`."""
        if self._tally is None:
            raise BadValue("this look has no second derivatives: ask for them with zero_cost(..., curved=True)")
        gradients = [g for g in self.gradients.weights if g.requires_grad]
        if not gradients:
            return 0.0
        others = [w for w in self.weights if id(w) not in self.forward.tallied]
        self._tally.total = 0.0
        with self._backward_for("curvature"):
            fixed = [g.detach() for g in gradients]
            _, *found = _gradients(gradients, [self.forward.images, *others], along=fixed)
        return float(self._tally.total) + sum((w.detach() * h).sum().item() for w, h in zip(others, found, strict=True))

    @contextmanager
    def _backward_for(self, wanted: Wanted) -> Iterator[None]:
        if self._tally is None:
            yield
            return
        self._tally.wanted = wanted
        try:
            yield
        finally:
            self._tally.wanted = "gradients"


def _gradients(
    of: Tensor | list[Tensor], wanted: list[Tensor], *, create_graph: bool = False, along: list[Tensor] | None = None
) -> list[Tensor]:
    """Gradients, zero where nothing is reached; the graph is kept for the next pass."""
    found = torch.autograd.grad(
        of, wanted, along, retain_graph=True, create_graph=create_graph, allow_unused=True, materialize_grads=True
    )
    return list(found)
