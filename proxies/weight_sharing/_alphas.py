"""Architecture parameters: how strongly each edge of a shared network takes each of its options."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from proxies.weight_sharing._shared import Mixture, SharedNetwork


class Alphas(nn.Module):
    """A vector, shape (options,), for every edge of the network, in its order; drawn from a normal of width `spread`.

    They lie on the network's device. As a module they have `parameters()` for an optimizer and a state for checkpoints.
    """

    def __init__(self, network: SharedNetwork, seed: int, *, spread: float = 1e-3) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        drawn = [torch.randn(options, generator=generator) * spread for options in network.options]
        self.edges = nn.ParameterList(drawn).to(next(network.parameters()).device)

    def softmax(self, temperature: float = 1.0) -> list[Tensor]:
        """The probabilities of each edge's options, with gradient."""
        return [torch.softmax(edge / temperature, 0) for edge in self.edges]

    def sigmoid(self) -> list[Tensor]:
        """The shares of each edge's options, every one for itself between 0 and 1, with gradient."""
        return [torch.sigmoid(edge) for edge in self.edges]


def adam(parameters: nn.Module, lr: float, weight_decay: float = 1e-3) -> torch.optim.Adam:
    """The optimizer of architecture parameters with the moments of Liu et al. (DARTS, ICLR 2019, appendix A.1)."""
    return torch.optim.Adam(parameters.parameters(), lr=lr, betas=(0.5, 0.999), weight_decay=weight_decay)


def mixed(weights: Sequence[Tensor]) -> Mixture:
    """The mixture of all options by the weights, shape (options,) for each edge; it keeps their gradient."""
    return [dict(enumerate(edge.unbind())) for edge in weights]


def skip_share(network: SharedNetwork, weights: Sequence[Tensor]) -> float:
    """The mean weight of the skip connection over the edges that have one; 0 where none has."""
    found = [edge[skip].item() for edge, skip in zip(weights, network.skips, strict=True) if skip is not None]
    return sum(found) / len(found) if found else 0.0


def entropy(weights: Sequence[Tensor]) -> float:
    """The mean entropy of the edges' probabilities in nats."""
    found = [float(torch.special.entr(edge.detach()).sum()) for edge in weights]
    return sum(found) / len(found)
