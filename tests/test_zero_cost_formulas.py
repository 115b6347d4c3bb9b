"""The zero-cost formulas on networks small enough to know the answer."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness import registry
from proxies.zero_cost.jacob_cov import K


def formula(name: str) -> Any:
    return registry.load("proxy", name).formula


@pytest.fixture
def images() -> Tensor:
    return torch.randn((6, 4), generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.fixture
def labels() -> Tensor:
    return torch.arange(6) % 3


@pytest.fixture
def network() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        layers = nn.Linear(4, 5, bias=False), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3, bias=False)
        return nn.Sequential(*layers).double()


def flow(network: nn.Module) -> float:
    """1^T |W2| |W1| 1."""
    first, second = network[0].weight.detach().abs(), network[3].weight.detach().abs()
    return (second @ first).sum().item()


def test_synflow_conserves_the_flow_in_every_layer(network: nn.Module, images: Tensor, labels: Tensor) -> None:
    assert formula("synflow")(network, images, labels) == pytest.approx(2 * flow(network))


def test_synflow_ignores_signs_data_and_batch_norm(network: nn.Module, images: Tensor, labels: Tensor) -> None:
    before = formula("synflow")(network, images, labels)
    with torch.no_grad():
        network[0].weight.mul_(-1)
        network[1].running_var.mul_(100)
    assert formula("synflow")(network.eval(), -images, labels) == before


def test_synflow_leaves_the_network_as_it_was(network: nn.Module, images: Tensor, labels: Tensor) -> None:
    state = {name: value.clone() for name, value in network.state_dict().items()}
    output = network.eval()(images)
    formula("synflow")(network, images, labels)
    assert torch.equal(network(images), output)
    assert all(torch.equal(value, state[name]) for name, value in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())


def test_synflow_brings_batch_norm_back_after_an_error(network: nn.Module, labels: Tensor) -> None:
    with pytest.raises(RuntimeError):
        formula("synflow")(network, torch.ones(1, 7), labels)
    assert "forward" not in vars(network[1])


def test_synflow_computes_in_float64(network: nn.Module, images: Tensor, labels: Tensor) -> None:
    network.float()
    first, second = (network[i].weight.detach().abs().double() for i in (0, 3))
    expected = 2 * (second @ first).sum().item()
    assert formula("synflow")(network, images.float(), labels) == pytest.approx(expected, rel=1e-14)


def test_grad_norm_of_a_linear_layer(images: Tensor, labels: Tensor) -> None:
    layer = nn.Linear(4, 3).double()
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
    # the softmax of zeros is 1/3 for each class, so that dL/dW = (1/3 - y)^T x / n
    expected = (1 / 3 - F.one_hot(labels, 3).double()).T @ images / len(images)
    assert formula("grad_norm")(layer, images, labels) == pytest.approx(expected.norm().item())


def test_grad_norm_sums_over_layers(network: nn.Module, images: Tensor, labels: Tensor) -> None:
    F.cross_entropy(network(images), labels).backward()
    expected = sum(network[i].weight.grad.norm().item() for i in (0, 3))
    assert formula("grad_norm")(network, images, labels) == pytest.approx(expected)


class Squares(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x**2


def test_jacob_cov_of_squares(images: Tensor, labels: Tensor) -> None:
    v = np.linalg.eigvalsh(np.corrcoef(images.numpy()))  # the gradient of x^2 is 2x, and correlation knows no scale
    expected = -sum(math.log(value + K) + 1 / (value + K) for value in v)
    assert formula("jacob_cov")(Squares(), images, labels) == pytest.approx(expected, rel=1e-6)


def test_jacob_cov_of_a_linear_network(images: Tensor, labels: Tensor) -> None:
    n = len(images)  # every image has the same gradient: one eigenvalue is n, the others are zero
    expected = -(math.log(n + K) + 1 / (n + K) + (n - 1) * (math.log(K) + 1 / K))
    assert formula("jacob_cov")(nn.Linear(4, 3).double(), images, labels) == pytest.approx(expected, rel=1e-6)


def test_jacob_cov_is_undefined_without_gradients(images: Tensor, labels: Tensor) -> None:
    assert math.isnan(formula("jacob_cov")(nn.Hardtanh(1e3, 2e3), images, labels))
    assert not images.requires_grad
