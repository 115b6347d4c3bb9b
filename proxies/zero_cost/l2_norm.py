"""The norm of the weights (the baseline of Abdelfattah et al., ICLR 2021, in their published code)."""

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._layers import total
from proxies.zero_cost._look import Look


@zero_cost(Definition("counted like any other", loss="none", batch_norm="none", images="none"))
def l2_norm(look: Look) -> float:
    """Sum over convolutions and linear layers of the 2-norm of their initial weights."""
    return total(w.norm() for w in look.weights)
