"""Agreement of the signs of gradients (GradSign: Zhang & Jia, ICLR 2022, algorithm 1)."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.func import functional_call, vjp, vmap
from torch.nn import functional as F

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._layers import total
from proxies.zero_cost._look import Look
from proxies.zero_cost._norms import each_image_alone
from proxies.zero_cost._recorder import Recorder


@zero_cost(Definition("undefined: no gradient reaches a weight", loss="cross entropy", batch_norm="each image alone"))
def gradsign(look: Look) -> float:
    """Sum over weights of |sum over images of the sign of the gradient of the image's own loss|.

    As in the published code each image is a batch of its own, batch normalisation included; here all pass at once, with
    each normalised by its own statistics. Weights are those of convolutions and linear layers.
    """
    score = total(torch.sign(each).sum(0).abs().sum() for each in _gradients_by_image(look))
    return score if score > 0 else math.nan


def _gradients_by_image(look: Look) -> Iterator[Tensor]:
    """For each layer the gradients of each image's loss, shape (images, *weight)."""
    with each_image_alone(look.network), Recorder(look.network, None) as seen:
        loss = F.cross_entropy(look.network(look.images), look.labels, reduction="sum")
    deltas = torch.autograd.grad(loss, seen.outputs, allow_unused=True, materialize_grads=True)
    uses = list(zip(seen.layers, seen.inputs, deltas, strict=True))
    for layer in dict.fromkeys(seen.layers):
        parts = [_by_image(layer, x.detach(), delta) for used, x, delta in uses if used is layer]
        yield torch.stack(parts).sum(0) if len(parts) > 1 else parts[0]


def _by_image(layer: nn.Module, x: Tensor, delta: Tensor) -> Tensor:
    """The gradient for the layer's weight from each image's input and the gradient of its output."""

    def one(x: Tensor, delta: Tensor) -> Tensor:
        pull = vjp(lambda w: functional_call(layer, {"weight": w}, (x[None],)), layer.get_parameter("weight"))[1]
        gradient: Tensor = pull(delta[None])[0]
        return gradient

    each: Tensor = vmap(one)(x, delta)
    return each.detach()
