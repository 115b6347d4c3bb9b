"""Covariance of the Jacobian (Mellor et al., arXiv 2006.04647v1; so used by Abdelfattah et al., ICLR 2021, 3.2)."""

import torch
from torch import Tensor, nn

from proxies.zero_cost._adapter import zero_cost

K = 1e-5


@zero_cost
def jacob_cov(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Minus the sum of log(v + k) + 1/(v + k) over the eigenvalues v of the images' correlation matrix, k = 1e-5.

    Images are correlated by the gradients of the summed logits with respect to their pixels; the more differently the
    network answers to them, the higher the score. Labels don't matter. NaN where some image gets no gradient, as in a
    cell whose input does not reach its output: a correlation with a constant is undefined. With as many images as there
    are pixels the matrix is singular, and the score mostly counts the eigenvalues that are zero: 1/k for each.
    """
    images = images.detach().requires_grad_()
    (jacobian,) = torch.autograd.grad(network(images).sum(), images, materialize_grads=True)
    correlation = torch.corrcoef(jacobian.flatten(1))
    if not correlation.isfinite().all():
        return float("nan")
    v = torch.linalg.eigvalsh(correlation)
    return float(-(torch.log(v + K) + 1 / (v + K)).sum())
