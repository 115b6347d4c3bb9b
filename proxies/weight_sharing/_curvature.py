"""The largest eigenvalue of a loss's Hessian (Lanczos, J. Res. Natl. Bur. Stand. 1950)."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def largest_eigenvalue(loss: Tensor, parameters: Sequence[Tensor], generator: torch.Generator, steps: int) -> float:
    """By Lanczos iteration from a random start with exact products of Hessian and vector, fully reorthogonalised.

    `steps` products are made, fewer where the space is exhausted; with as many as there are parameters the value is
    exact, and it is never too large; NaN where the Hessian is not finite. The loss must be twice differentiable.
    """
    gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(parameters), create_graph=True)])
    start = torch.randn(len(gradient), generator=generator, device=gradient.device, dtype=gradient.dtype)
    basis = [start / start.norm()]
    diagonal: list[Tensor] = []
    beside: list[Tensor] = []
    for _ in range(min(steps, len(gradient))):
        product = _product(gradient, parameters, basis[-1])
        diagonal.append(product @ basis[-1])
        spanned = torch.stack(basis)
        for _ in range(2):  # once leaves rounding errors, twice is enough
            product = product - spanned.T @ (spanned @ product)
        beside.append(product.norm())
        if not torch.isfinite(beside[-1]):
            return math.nan
        if beside[-1] <= 1e-6 * torch.stack(diagonal).abs().max():
            break
        basis.append(product / beside[-1])
    off = torch.stack(beside[: len(diagonal) - 1]) if len(diagonal) > 1 else diagonal[0].new_empty(0)
    tridiagonal = torch.diag(torch.stack(diagonal)) + torch.diag(off, 1) + torch.diag(off, -1)
    return float(torch.linalg.eigvalsh(tridiagonal.double())[-1])


def _product(gradient: Tensor, parameters: Sequence[Tensor], vector: Tensor) -> Tensor:
    columns = torch.autograd.grad(gradient, list(parameters), vector, retain_graph=True, materialize_grads=True)
    return torch.cat([column.flatten() for column in columns])
