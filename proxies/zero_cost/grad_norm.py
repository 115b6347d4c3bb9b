"""The norm of the gradient at initialisation (Abdelfattah et al., ICLR 2021, section 3.2)."""

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._layers import total
from proxies.zero_cost._look import Look


@zero_cost(Definition("0: no gradient reaches a weight"))
def grad_norm(look: Look) -> float:
    """Sum over convolutions and linear layers of the 2-norm of the weight's gradient, for one batch."""
    return total(g.norm() for g in look.gradients.weights)
