"""Net2Net: a wider or deeper network computes what the one before it did."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from harness.errors import BadValue
from harness.live.net2net import net2deeper, net2wider

KINDS = ("conv", "head", "linear")
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}


def made(kind: str, width: int, seed: int, dtype: torch.dtype = torch.float64) -> tuple[nn.Sequential, Tensor]:
    """A network of which layer 0 may be widened and whose layer 2 is a ReLU; batch norms know odd statistics."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        if kind == "linear":
            network = nn.Sequential(nn.Linear(5, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, 4))
        else:
            pool = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 4))
            rest = (nn.MaxPool2d(2), nn.Conv2d(width, 4, 3, padding=1)) if kind == "conv" else pool
            conv = nn.Conv2d(3, width, 3, padding=1, bias=False)
            network = nn.Sequential(conv, nn.BatchNorm2d(width), nn.ReLU(), *rest)
        for name in ("weight", "bias", "running_mean"):
            getattr(network[1], name).data.normal_()
        network[1].running_var.uniform_(0.1, 3)
        shape = (16, 5) if kind == "linear" else (16, 3, 6, 6)
        return network.to(dtype).eval(), torch.randn(shape, dtype=dtype)


def close(one: nn.Module, other: nn.Module, x: Tensor, tolerance: float) -> None:
    with torch.no_grad():
        expected = one(x)
        assert expected.std() > 0.01
        torch.testing.assert_close(other(x), expected, rtol=tolerance, atol=tolerance)


kinds = st.sampled_from(KINDS)
widths = st.integers(1, 6)
seeds = st.integers(0, 1000)
dtypes = st.sampled_from(list(TOLERANCE))


@settings(max_examples=30, deadline=None)
@given(kind=kinds, width=widths, more=st.integers(0, 9), seed=seeds, dtype=dtypes)
def test_wider_computes_the_same(kind: str, width: int, more: int, seed: int, dtype: torch.dtype) -> None:
    network, x = made(kind, width, seed, dtype)
    wider = net2wider(network, 0, width + more, np.random.default_rng(seed))
    assert wider[0].weight.shape[0] == width + more
    close(network, wider, x, TOLERANCE[dtype])


@settings(max_examples=30, deadline=None)
@given(kind=kinds, width=widths, seed=seeds, dtype=dtypes)
def test_deeper_computes_the_same(kind: str, width: int, seed: int, dtype: torch.dtype) -> None:
    network, x = made(kind, width, seed, dtype)
    deeper = net2deeper(network, 2, x)
    assert len(deeper) == len(network) + 3
    close(network, deeper, x, TOLERANCE[dtype])
    close(network, deeper, x * 3 - 1, TOLERANCE[dtype])  # not only on the images that it was made with


@pytest.mark.parametrize("kind", KINDS)
def test_both_compute_the_same_in_training(kind: str) -> None:
    network, x = made(kind, 4, 0)
    with torch.no_grad():
        close(network.train(), net2wider(network, 0, 9, np.random.default_rng(0)), x, 1e-10)
    network, x = made(kind, 4, 0)
    network.train()(x)
    network[1].momentum = 1.0
    network(x)  # the running averages are those of this batch
    network[1].running_var *= (x[:, 0].numel() - 1) / x[:, 0].numel()  # and not corrected for a sample
    close(network, net2deeper(network, 2, x), x, 1e-2)


@settings(max_examples=20, deadline=None)
@given(kind=kinds, seed=seeds)
def test_one_after_the_other(kind: str, seed: int) -> None:
    network, x = made(kind, 3, seed)
    rng = np.random.default_rng(seed)
    grown = net2wider(net2deeper(net2wider(network, 0, 5, rng), 2, x), 3, 8, rng)
    assert [grown[0].weight.shape[0], grown[3].weight.shape[0]] == [5, 8]
    close(network, grown, x, 1e-10)


def test_the_given_network_stays_as_it_was() -> None:
    network, x = made("conv", 4, 0)
    before = {name: values.clone() for name, values in network.state_dict().items()}
    state = torch.get_rng_state()
    for grown in (net2wider(network, 0, 6, np.random.default_rng(0)), net2deeper(network, 2, x)):
        for values in grown.parameters():
            values.data.fill_(7)
    assert all(torch.equal(values, before[name]) for name, values in network.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)
    assert not network.training


def test_copies_divide_what_their_reader_takes_and_learn_in_step_without_noise() -> None:
    network, x = made("linear", 2, 0)
    wider = net2wider(network, 0, 3, np.random.default_rng(0))
    (copied,) = {0, 1} & {k for k in (0, 1) if torch.equal(wider[0].weight[k], wider[0].weight[2])}
    torch.testing.assert_close(wider[3].weight[:, 2] * 2, network[3].weight[:, copied])
    wider(x).square().sum().backward()
    torch.testing.assert_close(wider[0].weight.grad[copied], wider[0].weight.grad[2])


def test_noise_parts_the_copies_and_changes_little() -> None:
    network, x = made("conv", 4, 0)
    exact, noisy = (net2wider(network, 0, 8, np.random.default_rng(0), noise) for noise in (0.0, 0.01))
    assert torch.equal(exact[0].weight[:4], noisy[0].weight[:4])
    assert not torch.equal(exact[0].weight[4:], noisy[0].weight[4:])
    with torch.no_grad():
        assert 0 < (noisy(x) - network(x)).abs().max() < 0.1


def test_it_learns_on() -> None:
    network, x = made("head", 4, 0)
    grown = net2deeper(net2wider(network, 0, 8, np.random.default_rng(0), 0.01), 2, x).train()
    optimizer = torch.optim.SGD(grown.parameters(), lr=0.1)
    labels = (x.mean((1, 2, 3)) > 0).long()
    losses = []
    for _ in range(20):
        loss = nn.functional.cross_entropy(grown(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize(
    ("layers", "at", "width", "says"),
    [
        ([nn.Linear(2, 3), nn.Linear(3, 1)], 0, 2, "has 3 outputs, which cannot become 2"),
        ([nn.Linear(2, 3), nn.Linear(3, 1)], 1, 2, "the last one"),
        ([nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)], 1, 2, "give a convolution"),
        ([nn.Conv2d(4, 4, 1, groups=2), nn.Conv2d(4, 1, 1)], 0, 8, "one group"),
        ([nn.Linear(2, 3), nn.Softmax(1), nn.Linear(3, 1)], 0, 4, "may mix channels"),
        ([nn.Conv2d(1, 2, 1), nn.Flatten(), nn.Linear(8, 1)], 0, 4, "reads 8 features of 2 channels"),
    ],
)
def test_refuses_to_widen_what_it_cannot(layers: list[nn.Module], at: int, width: int, says: str) -> None:
    with pytest.raises(BadValue, match=says):
        net2wider(nn.Sequential(*layers), at, width, np.random.default_rng(0))


def test_refuses_to_deepen_behind_anything_but_a_relu() -> None:
    network, x = made("conv", 2, 0)
    with pytest.raises(BadValue, match="layer 1 is a BatchNorm2d"):
        net2deeper(network, 1, x)
