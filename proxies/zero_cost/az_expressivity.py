"""Expressivity of features (AZ-NAS: Lee & Ham, CVPR 2024, equations 1 to 4)."""

import math

import torch
from torch import Tensor

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._look import Look

DEFINITION = Definition("undefined: features that don't vary have no directions", loss="none")


@zero_cost(DEFINITION)
def az_expressivity(look: Look) -> float:
    """Sum over blocks of the entropy of their features' principal components.

    The blocks are stem, cells and reductions, see `_blocks.blocks_of`, for the batch's images and the initial weights.
    """
    found = entropies(look)
    return sum(found) if found else math.nan  # equation 4


def entropies(look: Look) -> list[float]:
    """The entropy of each block's features; NaN where they don't vary."""
    return look.book.value("entropies", lambda: [_entropy(block) for block in look.forward.blocks])


def _entropy(features: Tensor) -> float:
    """Of the shares of the variance, equation 3, that the principal components of (n, channels, ...) have."""
    rows = features.detach().movedim(1, -1).flatten(0, -2)
    rows = (rows - rows.mean(0)).double()
    variances = torch.linalg.eigvalsh(rows.T @ rows / len(rows)).clamp(min=0)
    return float(torch.special.entr(variances / variances.sum()).sum())
