"""Gradient signal preservation (Wang et al., ICLR 2020; as a score: Abdelfattah et al., ICLR 2021, equation 1)."""

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._look import Look


@zero_cost(Definition("0: no gradient reaches a weight"), curved=True)
def grasp(look: Look) -> float:
    """Sum over weights of -w * (H g), with g the gradient of the loss and H its Hessian, both over these weights.

    Wang et al., equation 8, score the removal of a weight so; the sum over all of them is the score of a network.
    """
    return -look.curvature
