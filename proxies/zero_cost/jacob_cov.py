"""Covariance of the Jacobian (Mellor et al., arXiv 2006.04647v1; so used by Abdelfattah et al., ICLR 2021, 3.2)."""

import torch

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._look import Look

K = 1e-5


@zero_cost(Definition("undefined: an image without a gradient has no correlation", loss="the sum of the logits"))
def jacob_cov(look: Look) -> float:
    """Minus the sum of log(v + k) + 1/(v + k) over the eigenvalues v of the images' correlation matrix, k = 1e-5.

    Images are correlated by the gradients of the summed logits with respect to their pixels; the more differently the
    network answers to them, the higher the score. Labels don't matter. With as many images as there are pixels the
    matrix is singular, and the score mostly counts the eigenvalues that are zero: 1/k for each.
    """
    correlation = torch.corrcoef(look.jacobian.double())
    if not correlation.isfinite().all():
        return float("nan")
    v = torch.linalg.eigvalsh(correlation)
    return float(-(torch.log(v + K) + 1 / (v + K)).sum())
