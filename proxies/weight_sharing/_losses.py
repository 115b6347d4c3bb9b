"""What the steps of an epoch gave, kept on the device until its end, so that no step waits for a GPU."""

from collections.abc import Sequence

import torch
from torch import Tensor


def mean(values: Sequence[Tensor]) -> float:
    """The mean of numbers that are tensors without a gradient, summed in double precision."""
    found: list[float] = torch.stack(list(values)).tolist()
    return sum(found) / len(found)
