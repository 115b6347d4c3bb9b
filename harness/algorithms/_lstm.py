"""A recurrent controller that writes architectures decision by decision (Zoph & Le, ICLR 2017, section 3.1)."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from harness.core import Arch
from harness.live.reproducible import reproducible

RANGE = 0.1
"""Weights begin uniform between -RANGE and RANGE (Zoph et al., CVPR 2018, appendix)."""


class Sample(NamedTuple):
    """An architecture and the logarithms of its decisions' probabilities when it was drawn."""

    arch: Arch
    log_probabilities: tuple[float, ...]


class Controller:
    """An LSTM of one layer with a softmax of its own for each decision, in double precision on the CPU.

    What it reads at a decision is a learned vector for the option chosen before, or one that stands for the beginning.
    Weights and draws come from a generator of its own.
    """

    def __init__(self, choices: tuple[int, ...], hidden: int, seed: int) -> None:
        self._hidden = hidden
        self._generator = torch.Generator().manual_seed(seed)
        before = (1, *choices[:-1])  # the beginning is the only option of a decision before the first
        self._read = [self._weights(n, 4 * hidden) for n in before]  # embedding times input weights, and the biases
        self._recur = self._weights(hidden, 4 * hidden)
        self._heads = [(self._weights(hidden, n), self._weights(n)) for n in choices]
        self.parameters = [*self._read, self._recur, *(tensor for head in self._heads for tensor in head)]

    @reproducible()
    def sample(self, count: int, generator: torch.Generator | None = None) -> list[Sample]:
        """Draw architectures from the policy, by its own generator unless another one is given."""
        draws = generator or self._generator
        with torch.no_grad():
            options, log_odds = self._unroll(count, lambda i, log_odds: _draw(log_odds, draws))
        chosen = _chosen(options, log_odds).tolist()
        return [Sample(tuple(arch), tuple(logs)) for arch, logs in zip(options.tolist(), chosen, strict=True)]

    @reproducible()
    def sample_of(self, arch: Arch) -> Sample:
        """What drawing this architecture would give."""
        with torch.no_grad():
            return Sample(arch, tuple(self.log_probabilities([arch])[0][0].tolist()))

    def log_probabilities(self, archs: Sequence[Arch]) -> tuple[Tensor, Tensor]:
        """The logarithm of each decision's probability given those before it, and the entropy of its softmax.

        Both have the shape (architectures, decisions).
        """
        given = torch.tensor(archs)
        options, log_odds = self._unroll(len(archs), lambda i, log_odds: given[:, i])
        entropies = [-(one.exp() * one).sum(1) for one in log_odds]
        return _chosen(options, log_odds), torch.stack(entropies, 1)

    def _unroll(self, count: int, choose: Callable[[int, Tensor], Tensor]) -> tuple[Tensor, list[Tensor]]:
        """The options chosen, (architectures, decisions), and per decision the log probability of every option."""
        h = c = torch.zeros(count, self._hidden, dtype=torch.float64)
        option = torch.zeros(count, dtype=torch.int64)
        options, log_odds = [], []
        for i, (weights, bias) in enumerate(self._heads):
            gates = self._read[i][option] + h @ self._recur
            take, keep, show, new = gates.chunk(4, 1)
            c = keep.sigmoid() * c + take.sigmoid() * new.tanh()  # Hochreiter & Schmidhuber 1997; Gers et al. 2000
            h = show.sigmoid() * c.tanh()
            log_odds.append(torch.log_softmax(h @ weights + bias, 1))
            option = choose(i, log_odds[-1])
            options.append(option)
        return torch.stack(options, 1), log_odds

    def _weights(self, *shape: int) -> Tensor:
        drawn = torch.rand(shape, dtype=torch.float64, generator=self._generator)
        return (2 * RANGE * drawn - RANGE).requires_grad_()


def _chosen(options: Tensor, log_odds: list[Tensor]) -> Tensor:
    """The log probability of the option chosen at each decision."""
    return torch.cat([one.gather(1, options[:, i : i + 1]) for i, one in enumerate(log_odds)], 1)


def _draw(log_odds: Tensor, generator: torch.Generator) -> Tensor:
    """One option for each row of log probabilities."""
    below = log_odds.exp().cumsum(1)
    draws = torch.rand(len(below), 1, dtype=torch.float64, generator=generator)
    return (below[:, :-1] <= draws).sum(1)
