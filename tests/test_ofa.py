"""Once-for-all: the phases of progressive shrinking, and what they lead to."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from toy_texture import TextureBenchmark, sees

from harness.core import Arch
from harness.costs import mobile, nb201
from harness.errors import BadValue
from harness.live.mobile_network import skeleton_of
from harness.spaces.darts import Darts
from harness.spaces.mobile import Mobile
from harness.spaces.nb201 import CONV1, CONV3, NONE, SKIP, Nb201, live_edges
from proxies.weight_sharing._elastic import elastic_of
from proxies.weight_sharing._elastic_edge import KernelMatrix, centred_edge, transformed_edge
from proxies.weight_sharing.ofa import Ofa

NOTHING = np.empty(0)
SKELETON = skeleton_of((3, 32, 10), 16)
SIZES: dict[str, Callable[[Arch], int]] = {
    "nb201": lambda arch: nb201.parameters(arch, 10),
    "mobile": lambda arch: mobile.parameters(arch, SKELETON),
}
SPACES = (Nb201(), Mobile())


def on_mobile() -> TextureBenchmark:
    benchmark = TextureBenchmark()
    benchmark.space = Mobile()
    return benchmark


def drawn(supernet: Ofa) -> list[tuple[int, Arch]]:
    """The epoch and architecture of every network that is trained while the supernet is."""
    found: list[tuple[int, Arch]] = []
    mixture = supernet.network.mixture

    def watched(arch: Arch):
        if supernet.network.training:
            found.append((supernet.epoch, arch))
        return mixture(arch)

    supernet.network.mixture = watched
    supernet.fit([], NOTHING)
    supernet.network.mixture = mixture
    return found


def test_cells_that_see_are_told_from_those_that_do_not() -> None:
    supernet = Ofa(TextureBenchmark(), seed=0, epochs=60, batch=25, candidates=20)
    supernet.fit([], NOTHING)
    rng = np.random.default_rng(0)
    archs = [supernet.task.space.sample(rng) for _ in range(60)]
    scores = supernet.score(archs)
    able = np.array([sees(arch) for arch in archs])
    assert np.median(scores[able]) > 75
    assert scores[~able].max() < 60
    assert sees(supernet.derive())


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_the_ends_are_the_largest_and_the_smallest(space) -> None:
    elastic, rng = elastic_of(space, "ofa"), np.random.default_rng(0)
    drawn = [elastic.draw(elastic.whole, rng) for _ in range(300)]
    assert all(space.is_valid(arch) for arch in (elastic.largest, elastic.smallest, *drawn))
    for size in (SIZES[space.name], elastic.flops):
        sizes = [size(arch) for arch in drawn]
        assert size(elastic.smallest) <= min(sizes) < max(sizes) <= size(elastic.largest)


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_each_phase_allows_more_than_the_one_before(space) -> None:
    elastic = elastic_of(space, "ofa")
    first, *_, last = elastic.phases
    assert [tuple(options) for options in first.allowed] == [(option,) for option in elastic.largest]
    assert [sorted(options) for options in last.allowed] == [list(range(n)) for n in space.choices]
    for before, after in zip(elastic.phases, elastic.phases[1:], strict=False):
        assert all(set(old) <= set(new) for old, new in zip(before.allowed, after.allowed, strict=True))
        assert list(map(set, before.allowed)) != list(map(set, after.allowed))


def test_dead_cells_are_never_drawn() -> None:
    elastic, rng = elastic_of(Nb201(), "ofa"), np.random.default_rng(0)
    mostly_none = [(NONE, SKIP)] * 6
    assert all(live_edges(elastic.draw(mostly_none, rng)) for _ in range(50))


def test_the_space_opens_up_from_the_largest_network() -> None:
    found = drawn(Ofa(TextureBenchmark(), seed=0, epochs=6, batch=75))
    epochs = [[arch for epoch, arch in found if epoch == e] for e in range(6)]
    assert [len(archs) for archs in epochs] == [4, 4, 4, 4, 8, 8]
    assert set(epochs[0] + epochs[1]) == {(CONV3,) * 6}
    kernels = {option for archs in epochs[2:4] for arch in archs for option in arch}
    assert kernels == {CONV1, CONV3}
    assert {option for archs in epochs[4:] for arch in archs for option in arch} == set(range(5))


def test_mobile_networks_shrink_in_kernel_depth_and_width() -> None:
    supernet = Ofa(on_mobile(), seed=0, epochs=6, batch=75, candidates=5)
    assert [phase.name for phase in supernet.elastic.phases] == ["full", "kernel", "depth", "depth", "expand", "expand"]
    found = drawn(supernet)
    assert [len([arch for epoch, arch in found if epoch == e]) for e in range(6)] == [4, 4, 8, 8, 16, 16]
    assert {arch for epoch, arch in found if epoch == 0} == {supernet.elastic.largest}
    assert {arch[0] for epoch, arch in found if epoch < 2} == {2}
    assert {arch[0] for epoch, arch in found if epoch == 2} == {1, 2}
    assert {arch[2] for epoch, arch in found if epoch < 4} == {2}
    assert np.isfinite(supernet.score([supernet.elastic.largest, supernet.elastic.smallest])).all()
    assert supernet.task.space.is_valid(supernet.derive())


def test_the_teacher_is_the_largest_network_after_the_first_phase() -> None:
    supernet = Ofa(TextureBenchmark(), seed=0, epochs=3, batch=75)
    states: list[dict[str, torch.Tensor]] = []
    train = supernet.train_epoch

    def recorded():
        states.append({name: values.clone() for name, values in supernet.network.state_dict().items()})
        return train()

    supernet.train_epoch = recorded
    supernet.fit([], NOTHING)
    teacher = supernet.teacher.state_dict()
    assert all(torch.equal(teacher[name], values) for name, values in states[1].items())
    assert not torch.equal(teacher["head.4.weight"], supernet.network.state_dict()["head.4.weight"])


def test_the_teacher_teaches() -> None:
    archs = [(CONV3, SKIP, CONV1, CONV1, NONE, CONV3), (CONV1,) * 6]
    alone, taught = (Ofa(TextureBenchmark(), seed=0, epochs=3, batch=75, distillation=d) for d in (0.0, 1.0))
    for supernet in (alone, taught):
        supernet.score(archs)
    weights = [supernet.network.state_dict()["head.4.weight"] for supernet in (alone, taught)]
    assert not torch.equal(*weights)
    assert torch.equal(alone.teacher.state_dict()["head.4.weight"], taught.teacher.state_dict()["head.4.weight"])


def test_the_learning_rate_begins_anew_with_each_phase() -> None:
    supernet = Ofa(TextureBenchmark(), seed=0, epochs=6, batch=75, lr=0.2)
    rates: list[float] = []
    step = supernet.step

    def recorded() -> None:
        rates.append(supernet.optimizer.param_groups[0]["lr"])
        step()

    supernet.step = recorded
    supernet.fit([], NOTHING)
    assert [rates[k] for k in (0, 8, 16)] == [0.2] * 3
    assert all(rates[k] < 0.01 for k in (7, 15, 23))
    assert rates[4] == pytest.approx(0.1)


def test_the_small_kernel_is_the_centre_of_the_large_one() -> None:
    x = torch.randn(5, 4, 6, 6, generator=torch.Generator().manual_seed(0))
    for edge in (centred_edge(4), transformed_edge(4)):
        expected = edge.norm(nn.functional.conv2d(x.relu(), edge.conv.weight[:, :, 1:2, 1:2]))
        torch.testing.assert_close(edge(x, {CONV1: 1.0}), expected)
        padded = nn.functional.conv2d(x.relu(), edge.conv.weight, padding=1)
        torch.testing.assert_close(edge(x, {CONV3: 0.5, SKIP: 1.0}), 0.5 * edge.norm(padded) + x)
        assert torch.equal(edge(x, {NONE: 1.0}), torch.zeros_like(x))


def test_a_kernel_goes_through_the_matrix() -> None:
    matrix, kernel = KernelMatrix(3), torch.arange(18.0).view(2, 1, 3, 3)
    assert torch.equal(matrix(kernel), kernel)
    matrix.matrix.data = torch.eye(9).flip(0)
    torch.testing.assert_close(matrix(kernel), kernel.flip(2, 3))


def test_bad_options_are_refused() -> None:
    for options, says in (
        ({"distillation": -1.0}, "distillation = -1"),
        ({"candidates": 0}, "candidates = 0"),
        ({"epochs": 2}, "epochs = 2 .* 3 phases"),
    ):
        with pytest.raises(BadValue, match=says):
            Ofa(TextureBenchmark(), seed=0, **options)
    with pytest.raises(BadValue, match=r"epochs = 5 .* 6 phases"):
        Ofa(on_mobile(), seed=0, epochs=5)
    benchmark = TextureBenchmark()
    benchmark.space = Darts()
    with pytest.raises(BadValue, match="known of nb201, mobile and not of darts"):
        Ofa(benchmark, seed=0)
