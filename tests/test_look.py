"""Looks at networks: passes are made once and shared, second derivatives are exact, and networks stay as they were."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness import registry
from harness.errors import BadValue, UnknownName
from harness.live.official_network import nb201_network
from harness.spaces.nb201 import Nb201
from proxies.networks import CLASSIC, score_network
from proxies.zero_cost._adapter import ZeroCost, score_together
from proxies.zero_cost._look import Look
from proxies.zero_cost._passes import Book

CELL = Nb201().decode("|nor_conv_3x3~0|+|skip_connect~0|nor_conv_1x1~1|+|avg_pool_3x3~0|none~1|nor_conv_3x3~2|")


class Odd(nn.Module):
    """Grouped, strided and dilated convolutions, with and without bias, norms of two kinds, functional rectifiers."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 8, 3, padding="same", groups=2, bias=False)
        self.plain = nn.BatchNorm2d(8, affine=False)
        self.third = nn.Conv2d(8, 4, 3, dilation=2, padding=2)
        self.turned = nn.ConvTranspose2d(4, 4, 2)
        self.head = nn.Linear(4, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.first(x)))
        y = F.relu(self.plain(self.second(x)), inplace=True)
        x = self.turned(torch.relu(self.third(y)))
        return self.head(x.mean((2, 3)))


def batch(n: int = 6, side: int = 8) -> tuple[Tensor, Tensor]:
    images = torch.randn((n, 3, side, side), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return images, torch.arange(n) % 5


def odd(seed: int = 1) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Odd().double()


def official() -> nn.Module:
    """The official network of the cell with two cells in all: three would only take longer."""
    network: Any = nb201_network(CELL, 5, seed=3)
    del network.layers[1:5], network.layers[2:6]
    return network.double()


def hessian_product(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """w . Hg with PyTorch's own second derivatives."""
    weights = [m.weight for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    loss = F.cross_entropy(network.train()(images), labels)
    gradients = torch.autograd.grad(loss, weights, create_graph=True, materialize_grads=True)
    products = torch.autograd.grad(gradients, weights, [g.detach() for g in gradients], materialize_grads=True)
    return sum((w * h).sum().item() for w, h in zip(weights, products, strict=True))


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("make", [odd, official])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_curvature_is_that_of_pytorch(make: Any, layout: Any) -> None:
    network, (images, labels) = make(), batch()
    expected = hessian_product(network, images, labels)
    network.to(memory_format=layout)
    look = Look(lambda: network, images.contiguous(memory_format=layout), labels, curved=True)
    assert abs(expected) > 1e-3
    assert look.curvature == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("make", [odd, official])
def test_a_curved_look_sees_what_a_plain_one_does(make: Any) -> None:
    images, labels = batch()
    plain, curved = (Look(make, images, labels, curved=curved) for curved in (False, True))
    torch.testing.assert_close(curved.jacobian, plain.jacobian, rtol=1e-10, atol=1e-12)
    for kind in ("weights", "outputs"):
        for one, other in zip(getattr(plain.gradients, kind), getattr(curved.gradients, kind), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


def test_order_of_passes_does_not_matter() -> None:
    images, labels = batch()
    first, second = (Look(odd, images, labels, curved=True) for _ in range(2))
    values = first.curvature, first.jacobian, first.gradients.weights[0]
    jacobian, curvature = second.jacobian, second.curvature
    assert curvature == values[0]
    assert torch.equal(jacobian, values[1])
    assert torch.equal(second.gradients.weights[0], values[2])


def test_nine_proxies_run_the_network_forward_twice() -> None:
    """Once for all of them, and once for synflow, whose network has other weights."""
    calls = 0

    class Counting(Odd):
        def forward(self, x: Tensor) -> Tensor:
            nonlocal calls
            calls += 1
            return super().forward(x)

    scores = score_network(Counting().double(), *batch())
    assert calls == 2
    assert list(scores) == list(CLASSIC)
    assert all(math.isfinite(score) for score in scores.values())


@pytest.mark.parametrize("make", [odd, official])
def test_together_as_alone(make: Any) -> None:
    images, labels = batch()
    together = score_network(make(), images, labels)
    alone = {name: registry.load("proxy", name).formula(make(), images, labels) for name in CLASSIC}
    assert together == pytest.approx(alone, rel=1e-9)


def test_the_network_stays_as_it_was() -> None:
    network, (images, labels) = odd().eval(), batch()
    network.head.train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    modes = [module.training for module in network.modules()]
    score_network(network, images, labels)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert [module.training for module in network.modules()] == modes
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not any(module._forward_hooks for module in network.modules())


class Rectifiers(nn.Module):
    """Two rectifiers of one input, the second of which is written into."""

    def __init__(self, write: bool) -> None:
        super().__init__()
        self.head, self.write = nn.Linear(4, 3), write

    def forward(self, x: Tensor) -> Tensor:
        one, other = F.relu(x), F.relu(x)
        if self.write:
            other += 1
        return self.head(one + 2 * other)


@pytest.mark.parametrize("write", [False, True])
def test_rectifiers_of_one_input_are_computed_once_unless_written_into(write: bool) -> None:
    network, images = Rectifiers(write).double(), batch(side=1)[0].new_ones((5, 4)) - 1.5
    look = Look(lambda: network, images, torch.arange(5) % 3)
    assert torch.equal(look.forward.logits, network(images))
    assert len(look.forward.rectified) == 2


def test_seconds_are_those_of_all_that_a_score_rests_on(monkeypatch: pytest.MonkeyPatch) -> None:
    book, clock = Book(), [0.0]
    monkeypatch.setattr("proxies.zero_cost._passes.time.perf_counter", lambda: clock[0])
    costs = {"a": 2.0, "b": 3.0, "c": 1.0}
    needs = {"a": [], "b": ["a"], "c": ["b", "a"]}

    def take(name: str) -> str:
        for need in needs[name]:
            assert book.value(need, lambda need=need: take(need)) == need
        clock[0] += costs[name]
        return name

    book.value("b", lambda: take("b"))
    book.value("c", lambda: take("c"))
    assert [book.alone(name) for name in "abc"] == [2.0, 5.0, 6.0]
    assert clock[0] == 6.0


def test_a_score_alone_costs_what_the_shared_passes_cost() -> None:
    images, labels = batch()
    look = Look(odd, images, labels, curved=True)
    for name in CLASSIC:
        registry.load("proxy", name).of(look)
    alone = look.book.alone
    assert alone("snip") > alone("gradients") > alone("forward") > alone("network")
    assert alone("grasp") > alone("gradients")
    look = Look(odd, images, labels)
    registry.load("proxy", "l2_norm").of(look)
    with pytest.raises(KeyError):
        look.book.alone("forward")  # it was not needed


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [(["snipp"], UnknownName, "'snip'"), (["random_forest"], BadValue, "does not look at networks")],
)
def test_names_that_cannot_be_scored(names: list[str], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        score_network(odd(), *batch(), names=names)


class Space:
    """What a benchmark is to a zero-cost proxy."""

    name, dataset, space = "stand-in", "digits", Nb201()


def proxies(*names: str, seed: int = 0, **options: Any) -> list[Any]:
    return [registry.load("proxy", name)(Space(), seed=seed, **options) for name in names]


def test_proxies_of_different_laboratories_score_as_alone() -> None:
    mixed = [*proxies("snip", "naswot"), *proxies("snip", precision="float32"), *proxies("snip", seed=1)]
    archs = Nb201().all()[:3]
    together = score_together(mixed, archs)
    np.testing.assert_array_equal(together.values, [proxy.score(archs) for proxy in mixed])
    assert len({row[0] for row in together.values}) == 4
    assert (together.seconds > 0).all()


def test_what_a_score_rests_on_is_told() -> None:
    (synflow, snip) = proxies("synflow", "snip", batch=32)
    assert isinstance(snip, ZeroCost)
    assert snip.definition["loss"] == "mean cross entropy"
    assert snip.definition["batch"] == "32"
    assert snip.definition["precision"] == "float64"
    assert synflow.definition["batch_norm"] == "left out"
    assert synflow.definition["degenerate"].startswith("0")


def test_unknown_precision() -> None:
    with pytest.raises(BadValue, match="give one of float32, float64"):
        proxies("snip", precision="float16")


@pytest.mark.parametrize(
    "name", [n for n in registry.names("proxy") if "zero_cost" in registry.load("proxy", n).__module__]
)
def test_every_score_says_what_it_does_where_nothing_flows(name: str) -> None:
    definition = getattr(registry.load("proxy", name), "definition", None)
    assert definition is None or all(definition)


@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [3, 5])
def test_pooling_is_that_of_pytorch(size: int, precision: torch.dtype) -> None:
    class Pooled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pool = nn.AvgPool2d(size, 1, size // 2, count_include_pad=False)
            self.head = nn.Linear(3 * 64, 5)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.pool(x).pow(2).flatten(1))

    network, (images, labels) = Pooled().to(precision), batch()
    images = images.to(precision)
    look = Look(lambda: network, images, labels, curved=True)
    plain = images.clone().requires_grad_()
    torch.testing.assert_close(look.forward.logits, network(plain))
    torch.testing.assert_close(look.jacobian, torch.autograd.grad(network(plain).sum(), plain)[0].flatten(1))
    assert look.curvature == pytest.approx(hessian_product(network, images, labels), rel=1e-4)


@pytest.mark.parametrize("pool", [nn.AvgPool2d(2), nn.AvgPool2d(3, 1, 1), nn.AvgPool2d(3, 1, 1, divisor_override=2)])
def test_other_pools_stay_as_they_are(pool: nn.Module) -> None:
    network, (images, labels) = nn.Sequential(pool, nn.Flatten(), nn.LazyLinear(5)).double(), batch()
    expected = network(images)
    torch.testing.assert_close(Look(lambda: network, images, labels).forward.logits, expected)


def test_statistics_of_large_batches_are_exact_in_float32() -> None:
    """With channels last, PyTorch's own deviations are off by 2e-4 here."""
    images = torch.randn((64, 16, 32, 32), generator=torch.Generator().manual_seed(0)).relu_()
    network = nn.Sequential(nn.BatchNorm2d(16), nn.AdaptiveAvgPool2d(8), nn.Flatten(), nn.Linear(1024, 5))
    exact = torch.nn.functional.batch_norm(images.double(), None, None, training=True)
    look = Look(lambda: network, images.contiguous(memory_format=torch.channels_last), torch.arange(64) % 5)
    norm = network[0]
    seen: list[Tensor] = []
    norm.register_forward_hook(lambda _module, _inputs, output: seen.append(output.detach()))
    assert look.forward.logits.shape == (64, 5)
    assert (seen[0].double() - exact).abs().max() < 2e-6


class Standardised(nn.Conv2d):
    """A convolution whose kernel is made of its weight."""

    def forward(self, x: Tensor) -> Tensor:
        kernel = torch.tanh(self.weight) - self.weight.mean()
        return F.conv2d(x, kernel, None, self.stride, self.padding, self.dilation, self.groups)


def test_a_kernel_made_of_a_weight_is_differentiated_through() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(2)
        layers = Standardised(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 5, 8), nn.Flatten()
    network, (images, labels) = nn.Sequential(*layers).double(), batch()
    look = Look(lambda: network, images, labels, curved=True)
    expected = hessian_product(network, images, labels)
    assert abs(expected) > 1e-3
    assert look.curvature == pytest.approx(expected, rel=1e-9)


def test_normalisation_by_fixed_statistics_stays_so() -> None:
    class Frozen(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = nn.Linear(3 * 64, 5)

        def forward(self, x: Tensor) -> Tensor:
            x = F.batch_norm(x, torch.full((3,), 0.5).double(), torch.full((3,), 4.0).double(), training=False)
            return self.head(x.flatten(1))

    network, (images, labels) = Frozen().double(), batch()
    look = Look(lambda: network, images, labels, curved=True)
    torch.testing.assert_close(look.forward.logits, network.head(((images - 0.5) / (4 + 1e-5) ** 0.5).flatten(1)))


def test_second_derivatives_have_to_be_asked_for() -> None:
    with pytest.raises(BadValue, match="curved=True"):
        _ = Look(odd, *batch()).curvature
