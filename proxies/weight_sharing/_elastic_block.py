"""An inverted residual block of elastic kernel and width (Cai et al., Once-for-All, ICLR 2020, section 3.3).

The smaller kernel is the centre of the larger one through a learned matrix; the narrower block has the first channels
of the wider one.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness.costs.mobile import Layer
from harness.live.mobile_network import ConvBn, MobileBlock, activation, adds
from harness.spaces.mobile import EXPANSIONS, KERNELS, Block
from proxies.weight_sharing._elastic_edge import KernelMatrix


class ElasticBlock(nn.Module):
    """The weights of the largest block of a layer, from which every smaller one takes its own."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        width = layer.inputs * max(EXPANSIONS)
        self.inputs, self.stride, self.adds = layer.inputs, layer.stride, adds(layer)
        self.expand = ConvBn(layer.inputs, width)
        self.depthwise = ConvBn(width, width, max(KERNELS), layer.stride, groups=width)
        self.project = ConvBn(width, layer.outputs)
        self.matrices = nn.ModuleDict({str(side): KernelMatrix(side) for side in KERNELS if side < max(KERNELS)})
        self.activation = activation(layer)

    def forward(self, x: Tensor, block: Block) -> Tensor:
        """Shape (n, inputs, h, w) to (n, outputs, h / stride, w / stride), rounded up."""
        act, width = self.activation, self.width(block)
        wide = act(_normed(self.expand.norm, F.conv2d(x, self.expand.conv.weight[:width])))
        filtered = F.conv2d(wide, self.kernel(block), None, self.stride, block.kernel // 2, 1, width)
        wide = act(_normed(self.depthwise.norm, filtered))
        out: Tensor = self.project.norm(F.conv2d(wide, self.project.conv.weight[:, :width]))
        return x + out if self.adds else out

    def width(self, block: Block) -> int:
        """The channels between the two 1x1 convolutions."""
        return self.inputs * block.expansion

    def kernel(self, block: Block) -> Tensor:
        """The depthwise kernels, shape (width, 1, side, side): from each size to the next smaller one by its matrix."""
        kernel: Tensor = self.depthwise.conv.weight[: self.width(block)]
        for side in sorted((side for side in KERNELS if block.kernel <= side < max(KERNELS)), reverse=True):
            margin = (kernel.shape[-1] - side) // 2
            kernel = self.matrices[str(side)](kernel[:, :, margin : margin + side, margin : margin + side])
        return kernel

    def sort_channels(self) -> None:
        """Put the most important channels first: those whose weights in the projection have the largest L1 norm.

        The largest block computes the same as before. What an optimizer keeps for the weights, such as momentum, does
        not move with them.
        """
        order = self.project.conv.weight.detach().abs().sum((0, 2, 3)).argsort(descending=True, stable=True)
        for part in (self.expand, self.depthwise):
            part.load_state_dict({name: _rows(values, order) for name, values in part.state_dict().items()})
        self.project.conv.weight.data.copy_(self.project.conv.weight.data[:, order])

    def inherit(self, static: MobileBlock, block: Block) -> None:
        """Copy into a block of its own the weights that it has here."""
        first = torch.arange(self.width(block), device=self.project.conv.weight.device)
        expand, depthwise = (
            {name: _rows(values, first) for name, values in part.state_dict().items()}
            for part in (self.expand, self.depthwise)
        )
        weight = self.project.conv.weight.detach()[:, first]
        static.expand.load_state_dict(expand)
        static.depthwise.load_state_dict({**depthwise, "conv.weight": self.kernel(block).detach()})
        static.project.load_state_dict({**self.project.state_dict(), "conv.weight": weight})


def _rows(values: Tensor, which: Tensor) -> Tensor:
    return values[which] if values.dim() else values


def _normed(norm: nn.BatchNorm2d, x: Tensor) -> Tensor:
    """Batch norm by the first channels of a wider one; only their running averages move."""
    c, momentum = x.shape[1], norm.momentum
    tracked = norm.track_running_stats
    if norm.training and tracked:
        seen = norm.get_buffer("num_batches_tracked").add_(1)
        momentum = 1 / float(seen) if momentum is None else momentum
    used = tracked or not norm.training
    mean, var = (norm.get_buffer(name)[:c] if used else None for name in ("running_mean", "running_var"))
    return F.batch_norm(x, mean, var, norm.weight[:c], norm.bias[:c], norm.training, momentum or 0.0, norm.eps)
