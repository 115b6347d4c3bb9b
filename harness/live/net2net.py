"""Wider and deeper networks that compute what the narrower ones did (Chen, Goodfellow & Shlens, Net2Net, ICLR 2016).

Both work on sequences of layers and leave the one that they are given as it is. What follows a convolution or linear
layer, up to the next one, has to treat each channel alike: batch norm, ReLU, pooling, flattening of single points.
"""

from collections.abc import Iterator
from copy import deepcopy
from itertools import count

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.errors import BadValue

Weighted = nn.Conv2d | nn.Linear
Norm = nn.BatchNorm1d | nn.BatchNorm2d
Channelwise = Norm | nn.ReLU | nn.Identity | nn.AvgPool2d | nn.MaxPool2d | nn.AdaptiveAvgPool2d | nn.Flatten


def net2wider(
    network: nn.Sequential, at: int, width: int, rng: np.random.Generator, noise: float = 0.0
) -> nn.Sequential:
    """The network whose layer `at`, a convolution or linear, has `width` outputs (Net2WiderNet).

    The new outputs are copies of old ones, drawn by `rng`; what reads them divides its weights by how often its input
    is there now. The function stays the same, in training too, but for `noise`: so many standard deviations of the
    copied weights are added to the copies, so that they may part. Raises `BadValue` where that cannot be.
    """
    reader = _reader(network, at)
    layer = _weighted(network, at)
    old = layer.weight.shape[0]
    if width < old:
        raise BadValue(f"layer {at} has {old} outputs, which cannot become {width}: give {old} or more")
    source = np.concatenate([np.arange(old), rng.integers(old, size=width - old)])  # the paper's g
    shared = np.bincount(source, minlength=old)[source]  # how often each one's original is there now
    wider = deepcopy(network)
    wider[at] = _outputs(layer, source, rng, noise)
    for k in range(at + 1, reader):
        if isinstance(norm := network[k], Norm):
            wider[k] = _normed(norm, source)
    wider[reader] = _inputs(_weighted(network, reader), source, shared)
    return wider


def net2deeper(network: nn.Sequential, at: int, images: Tensor) -> nn.Sequential:
    """The network with one more layer behind the ReLU `at`, an identity that may learn (Net2DeeperNet).

    It is a 3x3 convolution where the ReLU's output is (n, channels, h, w), linear where it is (n, features), then a
    batch norm and a ReLU, to which a ReLU's output is the same. The batch norm undoes itself: its scale and shift are
    the deviation and the mean of what it sees of `images`, as in the paper, so that the function stays the same when it
    is evaluated, and in training on these images. Raises `BadValue` where that cannot be.
    """
    if not isinstance(network[at], nn.ReLU):
        raise BadValue(f"layer {at} is a {type(network[at]).__name__}: an identity fits only behind a ReLU")
    training = network.training
    with torch.no_grad():
        seen = network.eval()[: at + 1](images)
    network.train(training)
    layers = list(deepcopy(network))
    layers[at + 1 : at + 1] = [_identity(seen), _undone(seen), nn.ReLU()]
    return nn.Sequential(*layers).to(seen).train(training)


def _weighted(network: nn.Sequential, at: int) -> Weighted:
    layer = network[at]
    if not isinstance(layer, Weighted) or (isinstance(layer, nn.Conv2d) and layer.groups != 1):
        raise BadValue(f"layer {at} is {layer}: give a convolution of one group or a linear layer")
    return layer


def _reader(network: nn.Sequential, at: int) -> int:
    """The layer that reads the outputs of layer `at`."""
    _weighted(network, at)
    for k in count(at + 1):
        if k >= len(network):
            raise BadValue(f"layer {at} is the last one: its outputs are the network's")
        layer = network[k]
        if isinstance(layer, Weighted):
            _refuse_unless_points(network, at, k)
            return k
        if not isinstance(layer, Channelwise):
            raise BadValue(f"layer {k} is {layer}, between layer {at} and what reads it: it may mix channels")
    raise AssertionError


def _refuse_unless_points(network: nn.Sequential, at: int, reader: int) -> None:
    """Flattening more than one point of each channel would put several features in the place of one."""
    outputs, inputs = _weighted(network, at).weight.shape[0], _weighted(network, reader).weight.shape[1]
    if outputs != inputs:
        raise BadValue(f"layer {reader} reads {inputs} features of {outputs} channels: pool each to one point before")


def _outputs(layer: Weighted, source: NDArray[np.int64], rng: np.random.Generator, noise: float) -> Weighted:
    """The layer with copies of its outputs."""
    rows = torch.from_numpy(source).to(layer.weight.device)
    weight = layer.weight.detach()[rows]
    new = len(source) - layer.weight.shape[0]
    if noise and new:
        drawn = torch.from_numpy(rng.normal(size=(new, *weight.shape[1:]))).to(weight)
        weight[-new:] += noise * layer.weight.detach().std() * drawn
    bias = None if layer.bias is None else layer.bias.detach()[rows]
    return _built(layer, weight, bias)


def _inputs(layer: Weighted, source: NDArray[np.int64], shared: NDArray[np.int64]) -> Weighted:
    """The layer with copies of its inputs, each with its part of the weight."""
    weight = layer.weight.detach()
    columns = torch.from_numpy(source).to(weight.device)
    parts = torch.from_numpy(shared).to(weight).view(1, -1, *[1] * (weight.dim() - 2))
    return _built(layer, weight[:, columns] / parts, None if layer.bias is None else layer.bias.detach())


def _built(like: Weighted, weight: Tensor, bias: Tensor | None) -> Weighted:
    """A layer with these weights, else as `like` is."""
    outputs, inputs = weight.shape[:2]
    built = deepcopy(like)
    if isinstance(built, nn.Conv2d):
        built.out_channels, built.in_channels = outputs, inputs
    else:
        built.out_features, built.in_features = outputs, inputs
    built.weight = nn.Parameter(weight.contiguous())
    built.bias = None if bias is None else nn.Parameter(bias.clone())
    return built


def _normed(norm: Norm, source: NDArray[np.int64]) -> Norm:
    """The batch norm of copied channels: scale, shift and running averages go with them."""
    built = deepcopy(norm)
    built.num_features = len(source)
    for name, values in _by_channel(norm):
        rows = torch.from_numpy(source).to(values.device)
        copied = values.detach()[rows]
        setattr(built, name, nn.Parameter(copied) if isinstance(values, nn.Parameter) else copied)
    return built


def _by_channel(norm: Norm) -> Iterator[tuple[str, Tensor]]:
    for name in ("weight", "bias", "running_mean", "running_var"):
        values = getattr(norm, name)
        if values is not None:
            yield name, values


def _identity(seen: Tensor) -> Weighted:
    channels = seen.shape[1]
    eye = torch.eye(channels)
    with torch.random.fork_rng(devices=[]):  # torch draws weights that are replaced at once
        if seen.dim() == 2:
            linear = nn.Linear(channels, channels, bias=False)
            linear.weight.data.copy_(eye)
            return linear
        conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
    conv.weight.data.zero_()[:, :, 1, 1] = eye
    return conv


def _undone(seen: Tensor) -> Norm:
    """A batch norm that gives back what it is given, as long as it looks like `seen`."""
    flat = seen.transpose(0, 1).flatten(1).double()
    mean, var = flat.mean(1), flat.var(1, correction=0)
    norm = (nn.BatchNorm1d if seen.dim() == 2 else nn.BatchNorm2d)(seen.shape[1]).to(seen)
    norm.running_mean, norm.running_var = mean.to(seen), var.to(seen)
    norm.weight.data.copy_((norm.running_var.double() + norm.eps).sqrt())
    norm.bias.data.copy_(norm.running_mean)
    return norm
