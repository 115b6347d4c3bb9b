"""Two of an edge's paths, one of them open (Cai, Zhu & Han, ProxylessNAS, ICLR 2019, section 3.2.1)."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from proxies.weight_sharing._shared import Mixture


class Gates(NamedTuple):
    """Two different `options` of each edge, shape (2,), and their `values`, shape (2,): 1 where it is open.

    The values are leaves: a loss has a gradient with respect to them, for which both paths are computed.
    """

    options: list[Tensor]
    values: list[Tensor]

    def mixture(self) -> Mixture:
        """The two paths of each edge, multiplied by their gates."""
        return [
            dict(zip(options.tolist(), values.unbind(), strict=True))
            for options, values in zip(self.options, self.values, strict=True)
        ]


def draw_gates(alphas: Sequence[Tensor], generator: torch.Generator) -> Gates:
    """Draw two paths of each edge by the probabilities of all, and open one by the probabilities of the two."""
    with torch.no_grad():
        options = [torch.multinomial(alpha.softmax(0), 2, generator=generator) for alpha in alphas]
        among = pair_probabilities(alphas, options)
        opened = [torch.multinomial(pair, 1, generator=generator) for pair in among]
        values = [torch.zeros_like(pair).scatter_(0, one, 1.0) for pair, one in zip(among, opened, strict=True)]
    return Gates(options, [value.requires_grad_() for value in values])


def draw_paths(alphas: Sequence[Tensor], generator: torch.Generator) -> Mixture:
    """One path of each edge by the probabilities of all (equation 2)."""
    with torch.no_grad():
        return [{int(torch.multinomial(alpha.softmax(0), 1, generator=generator)): 1.0} for alpha in alphas]


def pair_probabilities(alphas: Sequence[Tensor], options: Sequence[Tensor]) -> list[Tensor]:
    """The softmax over the two paths alone, with gradient."""
    return [alpha[pair].softmax(0) for alpha, pair in zip(alphas, options, strict=True)]


def through_gates(loss: Tensor, gates: Gates, among: Sequence[Tensor]) -> Tensor:
    """What has the gradient that equation 4 gives the parameters: the sum of dLoss/dgate_j times dp_j/dalpha_i.

    `among` are the probabilities of the two paths.
    """
    slopes = torch.autograd.grad(loss, gates.values, materialize_grads=True)
    return torch.stack([(slope * pair).sum() for slope, pair in zip(slopes, among, strict=True)]).sum()


def restore_others(alphas: Sequence[Tensor], options: Sequence[Tensor], before: Sequence[Tensor]) -> None:
    """Shift the two parameters of each edge alike, so that the other paths are as probable as they were `before`."""
    with torch.no_grad():
        for alpha, pair, was in zip(alphas, options, before, strict=True):
            alpha[pair] += was[pair].logsumexp(0) - alpha[pair].logsumexp(0)
