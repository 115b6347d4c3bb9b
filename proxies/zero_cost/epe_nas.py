"""Per-class correlation of the Jacobian (EPE-NAS: Lopes et al., ICANN 2021, section 3, and its published code)."""

import math
from itertools import permutations

import torch
from torch import Tensor

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._look import Look

T = 1e-5
MANY = 100
"""With more classes than these, classes are compared with each other."""


@zero_cost(Definition("undefined: an image without a gradient has no correlation", loss="the sum of the logits"))
def epe_nas(look: Look) -> float:
    """Sum over classes of |E|, with E the sum of log(|r| + t) over all correlations r of a class's images, t = 1e-5.

    Images are correlated by the gradients of the summed logits with respect to their pixels, and each with itself too.
    With more than 100 classes E is divided by the number of images, and the score is the mean over classes i of the sum
    over classes j of |E_i - E_j|, which counts each pair twice; classes of one image don't count there.
    """
    jacobian = look.jacobian.double()
    classes = [jacobian[look.labels == label] for label in torch.unique(look.labels)]
    if look.forward.logits.shape[1] <= MANY:
        return sum(abs(_evidence(rows)) for rows in classes)
    evidence = [_evidence(rows) / len(rows) for rows in classes if len(rows) > 1]
    pairs = permutations(evidence, 2)
    return sum(abs(e - other) for e, other in pairs) / len(evidence) if evidence else math.nan


def _evidence(rows: Tensor) -> float:
    """E of one class: rows are its images, shape (images, pixels). NaN where an image has no gradient."""
    correlation = torch.corrcoef(rows)
    return float(torch.log(correlation.abs() + T).sum())
