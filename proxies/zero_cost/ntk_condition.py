"""Condition number of the neural tangent kernel (TE-NAS: Chen et al., ICLR 2021, section 3.1.1, equation 3)."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._look import Look


@zero_cost(Definition("undefined: no gradient reaches a weight", loss="the sum of an image's logits"))
def ntk_condition(look: Look) -> float:
    """Minus the condition number: the largest eigenvalue of the kernel over the smallest. Smaller numbers train better.

    The kernel of two images is the product of the gradients of their summed logits with respect to every parameter
    called weight, those of normalisation too, as published. Where an eigenvalue is lost in rounding, the
    condition number is 1 / (images * machine epsilon of float64), which is the worst there is.
    """
    eigenvalues = torch.linalg.eigvalsh(_kernel(look))
    largest, smallest = float(eigenvalues[-1]), float(eigenvalues[0])
    if not largest > 0:
        return math.nan
    floor = largest * len(look.images) * torch.finfo(torch.float64).eps
    return -largest / max(smallest, floor)


def _kernel(look: Look) -> Tensor:
    """Shape (images, images), in float64."""
    weights = [w for name, w in look.network.named_parameters() if "weight" in name]
    outputs = look.network(look.images).sum(1)
    jacobian = torch.stack([_gradient(output, weights) for output in outputs]).double()
    return jacobian @ jacobian.T


def _gradient(output: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """Shape (all weights,)."""
    found = torch.autograd.grad(output, weights, retain_graph=True, materialize_grads=True)
    return torch.cat([g.flatten() for g in found])
