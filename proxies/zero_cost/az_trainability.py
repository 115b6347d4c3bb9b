"""Trainability of blocks (AZ-NAS: Lee & Ham, CVPR 2024, equations 6 to 11)."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._look import Echo, Look

DEFINITION = Definition(
    "undefined: nothing comes back through a block, or it hands all on unchanged", loss="random signs for each block"
)


@zero_cost(DEFINITION)
def az_trainability(look: Look) -> float:
    """Mean over blocks but the first of 2 - s - 1/s, with s the spectral norm of the block's mean Jacobian.

    It is highest, 0, where s = 1 and gradients neither vanish nor explode. The Jacobian is estimated from random signs
    at the block's output and their backward pass to its input. For blocks see `az_expressivity`. A block that is the
    identity is worth minus infinity in the published code, and so undefined here.
    """
    scores = [_score(echo) for echo in look.echoes]
    return sum(scores) / len(scores) if scores else math.nan


def _score(echo: Echo) -> float:
    if echo.sent.shape == echo.back.shape and torch.equal(echo.sent, echo.back):
        return math.nan
    sent, back = _rows(echo.sent), _rows(_folded(echo.back, echo.sent))
    s = torch.linalg.matrix_norm(back.T @ sent / len(sent), 2).item()
    return 2 - s - 1 / s if s > 0 else math.nan  # equation 11


def _folded(back: Tensor, sent: Tensor) -> Tensor:
    """Positions that a block merges into one, as channels of that one."""
    return F.pixel_unshuffle(back, back.shape[2] // sent.shape[2]) if back.shape[2:] != sent.shape[2:] else back


def _rows(x: Tensor) -> Tensor:
    """Shape (images and positions, channels)."""
    return x.detach().movedim(1, -1).flatten(0, -2).double()
