"""ProxylessNAS: two paths at a time, the memory of one network, and the expected latency."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from toy_texture import TextureBenchmark, sees

from harness.core import Arch
from harness.errors import BadValue
from harness.live.official_network import ReluConvBn
from harness.live.reproducible import reproducible
from harness.spaces.nb201 import CONV3, NONE, SKIP
from proxies.weight_sharing._alphas import Alphas, mixed
from proxies.weight_sharing._shared import Mixture, SharedNetwork
from proxies.weight_sharing._two_paths import (
    Gates,
    draw_gates,
    draw_paths,
    pair_probabilities,
    restore_others,
    through_gates,
)
from proxies.weight_sharing.proxyless import Proxyless

NOTHING = np.empty(0)


class Wide(SharedNetwork):
    """Three edges in a row, each of so many convolutions."""

    def __init__(self, options: int) -> None:
        super().__init__()
        self.options, self.skips = (options,) * 3, (None,) * 3
        self.edges = nn.ModuleList(nn.ModuleList(ReluConvBn(8, 8, 3) for _ in range(options)) for _ in range(3))

    def forward(self, images: Tensor, mixture: Mixture) -> Tensor:
        for edge, weights in zip(self.edges, mixture, strict=True):
            assert isinstance(edge, nn.ModuleList)
            images = torch.stack([edge[option](images) * weight for option, weight in weights.items()]).sum(0)
        return images

    def mixture(self, arch: Arch) -> Mixture:
        return [{option: 1.0} for option in arch]

    def discretise(self, strengths: Sequence[NDArray[np.float64]]) -> Arch:
        return tuple(int(strength.argmax()) for strength in strengths)


def kept(network: SharedNetwork, mixture: Mixture) -> int:
    """Bytes that autograd keeps for the backward pass beside the weights."""
    weights = {parameter.data_ptr() for parameter in network.parameters()}
    found: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in weights:
            found[tensor.data_ptr()] = max(found.get(tensor.data_ptr(), 0), tensor.numel() * tensor.element_size())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = network(torch.ones(4, 8, 8, 8), mixture).sum()
    assert loss.requires_grad
    return sum(found.values())


def test_memory_does_not_grow_with_the_paths() -> None:
    few, many = Wide(3), Wide(12)
    generator = torch.Generator().manual_seed(0)
    gates = [kept(net, draw_gates(list(Alphas(net, 0).edges), generator).mixture()) for net in (few, many)]
    paths = [kept(net, draw_paths(list(Alphas(net, 0).edges), generator)) for net in (few, many)]
    whole = [kept(net, mixed(Alphas(net, 0).softmax())) for net in (few, many)]
    assert gates[0] == gates[1]
    assert paths[0] == paths[1] < gates[0]
    assert whole[1] > 3.5 * whole[0] > 3.5 * gates[0]


def test_the_gradient_is_that_of_equation_4() -> None:
    alpha = torch.tensor([0.3, -0.2, 1.0, 0.0], requires_grad=True)
    gates = Gates([torch.tensor([2, 0])], [torch.tensor([1.0, 0.0], requires_grad=True)])
    outputs = torch.tensor([5.0, -3.0])
    loss = (gates.values[0] * outputs).sum() ** 2
    (found,) = torch.autograd.grad(through_gates(loss, gates, pair_probabilities([alpha], gates.options)), alpha)
    slope = 2 * 5.0 * outputs  # of the loss by the gates, at an output of 5
    p = torch.softmax(torch.tensor([1.0, 0.3]), 0)
    expected = torch.stack([(slope * p * (torch.eye(2)[i] - p[i])).sum() for i in range(2)])
    assert found.tolist() == pytest.approx([expected[1].item(), 0, expected[0].item(), 0])


def test_two_different_paths_are_drawn_and_one_is_open() -> None:
    alphas, generator = [torch.tensor([0.0, 3.0, 0.0])] * 300, torch.Generator().manual_seed(0)
    gates = draw_gates(alphas, generator)
    assert all(pair[0] != pair[1] for pair in gates.options)
    assert {tuple(values.tolist()) for values in gates.values} == {(0.0, 1.0), (1.0, 0.0)}
    opened = [int(pair[values.argmax()]) for pair, values in zip(gates.options, gates.values, strict=True)]
    assert np.mean(np.array(opened) == 1) > 0.8


def test_a_step_leaves_the_other_paths_as_probable_as_they_were() -> None:
    supernet = Proxyless(TextureBenchmark(), seed=0, batch=75, alpha_lr=0.5)
    supernet.network.train()
    before = torch.stack(supernet.probabilities())
    supernet.learn(next(supernet.task.batches(supernet.task.valid, supernet.rng)))
    after = torch.stack(supernet.probabilities())
    moved = ((after - before).abs() > 1e-6).sum(1)
    assert moved.max() == 2
    assert moved.min() >= 0
    assert after.sum(1).tolist() == pytest.approx([1] * 6)


def test_the_shift_keeps_the_sum_of_the_two() -> None:
    before = torch.tensor([0.1, 0.2, 0.3, -1.0])
    alpha = before.clone()
    alpha[[1, 3]] += torch.tensor([2.0, -0.5])
    restore_others([alpha], [torch.tensor([1, 3])], [before])
    assert alpha.softmax(0)[[0, 2]].tolist() == pytest.approx(before.softmax(0)[[0, 2]].tolist())
    assert (alpha[1] - alpha[3]).item() == pytest.approx(1.2 + 2.5)


def test_it_puts_a_3x3_convolution_where_it_matters() -> None:
    supernet = Proxyless(TextureBenchmark(), seed=0, epochs=40, batch=25, alpha_lr=0.05, latency_weight=0.0)
    with reproducible():
        supernet.fit([], NOTHING)
    assert sees(supernet.derive())
    assert torch.stack(supernet.probabilities())[:, CONV3].max() > 0.5


def test_where_only_latency_counts_the_fastest_operations_win() -> None:
    supernet = Proxyless(TextureBenchmark(), seed=0, epochs=12, batch=50, alpha_lr=0.2, latency_weight=1e6)
    supernet.fit([], NOTHING)
    assert set(supernet.derive()) <= {NONE, SKIP}
    expected = [row.value for row in supernet.history if row.measure == "expected_latency"]
    assert expected[-1] < 0.6 * expected[0]


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(BadValue, match=r"latency_weight = -0.1 of proxyless"):
        Proxyless(TextureBenchmark(), seed=0, latency_weight=-0.1)
