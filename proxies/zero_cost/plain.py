"""The loss that removing all weights would add, to first order (NAS-Bench-Suite-Zero, Krishnakumar et al., 2022)."""

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._layers import total
from proxies.zero_cost._look import Look


@zero_cost(Definition("0: no gradient reaches a weight"))
def plain(look: Look) -> float:
    """Sum over weights of w * dL/dw, with its sign: the synaptic saliency that snip takes the absolute value of."""
    return total((w.detach() * g).sum() for w, g in zip(look.weights, look.gradients.weights, strict=True))
