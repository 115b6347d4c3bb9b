"""Single-shot network pruning (Lee et al., ICLR 2019; as a score: Abdelfattah et al., ICLR 2021, equation 1)."""

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._layers import total
from proxies.zero_cost._look import Look


@zero_cost(Definition("0: no gradient reaches a weight"))
def snip(look: Look) -> float:
    """Sum over weights of |w * dL/dw|."""
    return total((w.detach() * g).abs().sum() for w, g in zip(look.weights, look.gradients.weights, strict=True))
