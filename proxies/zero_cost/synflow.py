"""Synaptic flow (Tanaka et al., NeurIPS 2020), summed over the network (Abdelfattah et al., ICLR 2021, section 3.2)."""

import torch
from torch.func import functional_call

from proxies.zero_cost._adapter import Definition, zero_cost
from proxies.zero_cost._layers import total, weight_names, without_batch_norm
from proxies.zero_cost._look import Look

DEFINITION = Definition(
    "0: nothing flows", loss="the sum of the outputs", batch_norm="left out", images="one image of ones, in float64"
)


@zero_cost(DEFINITION)
def synflow(look: Look) -> float:
    """Sum of |w * dR/dw| over the weights of convolutions and linear layers, in float64.

    R is the sum of the outputs for one image of ones, with all parameters replaced by their absolute values and batch
    normalisation left out. Pixels and labels don't matter, and the network is left as it was. `log_synflow` is its
    logarithm: the ranks are the same, except where nothing flows.
    """
    network = look.network
    state = {name: p.detach().abs().double() for name, p in network.named_parameters()}
    weights = {name: state[name].requires_grad_() for name in weight_names(network)}
    ones = torch.ones_like(look.images[:1], dtype=torch.float64)
    with without_batch_norm(network):
        flow = functional_call(network, state, (ones,)).sum()  # R_SF, equation 2 of Tanaka et al.
    gradients = torch.autograd.grad(flow, list(weights.values()), materialize_grads=True)
    saliencies = ((w.detach() * g).abs().sum() for w, g in zip(weights.values(), gradients, strict=True))  # equation 1
    return total(saliencies)
