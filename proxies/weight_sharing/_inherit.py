"""How good an architecture is with the weights that it inherits.

Batch norms are computed anew for every architecture, for a supernet's running averages are those of a mixture (Guo et
al., ECCV 2020, section 3.4; Bender et al., ICML 2018, section 3.3).
"""

import torch
from torch import nn
from torch.nn import functional as F

from proxies.weight_sharing._shared import Mixture, SharedNetwork
from proxies.weight_sharing._task import Task


def inherited(network: SharedNetwork, mixture: Mixture, task: Task) -> tuple[float, float]:
    """Accuracy in percent and mean loss on the validation part."""
    with torch.inference_mode():
        if task.settings.recalibration:
            recalibrate(network, mixture, task)
        network.eval()
        images, labels = task.valid
        logits = torch.cat([network(chunk, mixture) for chunk in torch.split(images, 512)])
        accuracy = (logits.argmax(-1) == labels).double().mean() * 100
        return float(accuracy), float(F.cross_entropy(logits, labels))


def recalibrate(network: SharedNetwork, mixture: Mixture, task: Task) -> None:
    """Set the running averages of the batch norms to the means over the calibration batches."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        assert norm.num_batches_tracked is not None
        norm.num_batches_tracked.zero_()  # the first batch then replaces what was there
        norm.momentum = None  # a cumulative average
    network.train()
    for images in task.calibration:
        network(images, mixture)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
