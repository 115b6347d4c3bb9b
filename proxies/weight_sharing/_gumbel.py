"""Draws from edges' probabilities that have a gradient (Jang, Gu & Poole; Maddison, Mnih & Teh; both ICLR 2017)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from harness.errors import BadValue


def gumbel_softmax(alphas: Sequence[Tensor], temperature: float, generator: torch.Generator) -> list[Tensor]:
    """The softmax of (log p + Gumbel noise) / temperature for each edge, with gradient.

    Its largest share is that of a draw from p, whatever the temperature (the Gumbel-max trick); the lower that is, the
    more of the whole the share is.
    """
    return [torch.softmax((alpha.log_softmax(0) + _noise(alpha, generator)) / temperature, 0) for alpha in alphas]


def refuse_unless_cooling(warmest: float, coldest: float, method: str) -> None:
    """A `BadValue` unless temperatures fall, and stay above 0."""
    if not 0 < coldest <= warmest < float("inf"):
        raise BadValue(
            f"warmest = {warmest!r}, coldest = {coldest!r} of {method}: temperatures fall from one to the other "
            "and stay above 0, such as 10 and 0.1"
        )


def _noise(alpha: Tensor, generator: torch.Generator) -> Tensor:
    """Gumbel noise of location 0 and scale 1."""
    return -torch.empty_like(alpha, requires_grad=False).exponential_(generator=generator).log()
