"""SMASH: what the hypernetwork writes depends on the architecture, and learning goes through it."""

import numpy as np
import pytest
import torch
from toy_texture import TextureBenchmark, sees

from harness.errors import BadValue
from harness.spaces.mobile import Mobile
from proxies.weight_sharing._hyper_cells import HyperNetwork
from proxies.weight_sharing._supernet import cross_entropy
from proxies.weight_sharing.smash import Smash

NOTHING = np.empty(0)
ARCH = (3, 1, 2, 4, 0, 3)
CONV3_FIRST = "body.0.edges.0.conv3.1.weight"


def made(**options: object) -> tuple[Smash, HyperNetwork]:
    supernet = Smash(TextureBenchmark(), **{"seed": 0, "batch": 75, "recalibration": 75, **options})  # type: ignore[arg-type]
    assert isinstance(supernet.network, HyperNetwork)
    return supernet, supernet.network


def test_the_encoding_is_one_hot_for_each_edge() -> None:
    _, network = made()
    encoding = network.encoding(network.mixture(ARCH)).view(6, 5)
    assert encoding.argmax(1).tolist() == list(ARCH)
    assert encoding.sum(1).tolist() == [1.0] * 6


def test_weights_are_written_for_what_is_computed_and_only_that() -> None:
    _, network = made()
    written = network.weights(network.mixture(ARCH))
    assert {(name.split(".")[3], name.split(".")[4]) for name in written} == {
        ("0", "conv3"),
        ("2", "conv1"),
        ("5", "conv3"),
    }
    assert len(written) == 2 * 3  # two cells
    assert network.weights(network.mixture((3, 0, 3, 0, 0, 0))) == {}  # nothing reaches the output


def test_filters_have_length_one_and_differ_between_cells_operations_and_architectures() -> None:
    _, network = made()
    written = network.weights(network.mixture(ARCH))
    for weight in written.values():
        torch.testing.assert_close(weight.flatten(1).norm(dim=1), torch.ones(len(weight)))
    assert not torch.allclose(written[CONV3_FIRST], written["body.2.edges.0.conv3.1.weight"])
    assert not torch.allclose(written[CONV3_FIRST], written["body.0.edges.5.conv3.1.weight"])
    other = network.weights(network.mixture((*ARCH[:3], 1, *ARCH[4:])))
    assert not torch.allclose(written[CONV3_FIRST], other[CONV3_FIRST])


def test_with_a_share_of_nothing_all_architectures_have_the_same_weights() -> None:
    _, network = made(share=0)
    first, second = (network.weights(network.mixture(arch)) for arch in (ARCH, (*ARCH[:3], 1, *ARCH[4:])))
    assert torch.equal(first[CONV3_FIRST], second[CONV3_FIRST])
    assert not torch.equal(first[CONV3_FIRST], first["body.2.edges.0.conv3.1.weight"])


def test_the_network_computes_with_the_written_weights() -> None:
    supernet, network = made()
    images, mixture = supernet.task.valid[0][:20], network.mixture(ARCH)
    with torch.no_grad():
        expected = network(images, mixture)
        for name, weight in network.weights(mixture).items():
            network.cells.get_parameter(name).copy_(weight)
        torch.testing.assert_close(network.cells(images, mixture), expected)


def test_the_loss_reaches_the_hypernetwork_and_what_it_writes_over_stays() -> None:
    supernet, network = made()
    place = network.cells.get_parameter(CONV3_FIRST)
    before = place.clone()
    batch = next(supernet.task.batches(supernet.task.train, np.random.default_rng(0)))
    supernet.descend(cross_entropy(network, batch, network.mixture((3,) * 6)))
    assert torch.equal(place, before)
    grads = [tensor.grad for filters in network.filters for tensor in filters.parameters()]
    assert sum(grad is not None and bool(grad.abs().sum() > 0) for grad in grads) == 4  # of the 3x3 convolutions


def test_cells_that_see_are_told_from_those_that_do_not() -> None:
    supernet, _ = made(epochs=100, batch=25, recalibration=900, candidates=30)
    supernet.fit([], NOTHING)
    rng = np.random.default_rng(0)
    archs = [supernet.task.space.sample(rng) for _ in range(60)]
    scores = supernet.score(archs)
    able = np.array([sees(arch) for arch in archs])
    assert np.median(scores[able]) > 75
    assert scores[~able].max() < 60
    assert sees(supernet.derive())


def test_other_spaces_and_no_hidden_units_are_refused() -> None:
    benchmark = TextureBenchmark()
    benchmark.space = Mobile()
    with pytest.raises(BadValue, match="not architectures of mobile"):
        Smash(benchmark, seed=0)
    with pytest.raises(BadValue, match="hidden = 0"):
        made(hidden=0)
    with pytest.raises(BadValue, match="share = -1"):
        made(share=-1)
