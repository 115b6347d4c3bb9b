"""The norm of the gradient at initialisation (Abdelfattah et al., ICLR 2021, section 3.2)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from proxies.zero_cost._adapter import zero_cost
from proxies.zero_cost._layers import weight_names


@zero_cost
def grad_norm(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Sum over convolutions and linear layers of the 2-norm of the weight's gradient, for one batch.

    The loss is the mean cross entropy; batch normalisation uses the batch's statistics; biases and the parameters of
    normalisation are left out. A cell that lets no gradient pass scores 0.
    """
    weights = [network.get_parameter(name) for name in weight_names(network)]
    loss = F.cross_entropy(network(images), labels)
    gradients = torch.autograd.grad(loss, weights, materialize_grads=True)
    return torch.stack([gradient.norm() for gradient in gradients]).sum().item()
