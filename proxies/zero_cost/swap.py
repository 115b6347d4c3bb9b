"""Sample-wise activation patterns (SWAP-NAS: Peng et al., ICLR 2024, definitions 3.2 and 3.3)."""

import numpy as np
import torch
from numpy.typing import NDArray

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._look import Look
from proxies.zero_cost._patterns import different, pack


@zero_cost(Definition("counted like any other: what sees nothing has one pattern; 0 without rectifiers", loss="none"))
def swap(look: Look) -> float:
    """The number of different patterns among all rectified values: which images of the batch make one positive.

    It is the score without its regularisation by size. Values are those of every rectifier that is used, whatever its
    shape; the order of the images doesn't matter, nor do labels.
    """
    found = [_patterns(z.detach()) for z in look.forward.rectified]
    return float(len(different(np.concatenate(found)))) if found else 0.0


def _patterns(z: torch.Tensor) -> NDArray[np.uint64]:
    """One pattern of images per value, shape (different values, words)."""
    return different(pack((z > 0).flatten(1).T.numpy()))
