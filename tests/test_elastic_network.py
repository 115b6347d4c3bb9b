"""Elastic networks: formulas against what is counted, paths against networks of their own, and training by paths."""

import copy
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest
import torch
from test_darts_network import count_flops, count_parameters
from torch import nn
from torch.nn import functional as F
from toy_problem import Grid
from toy_texture import TextureBenchmark

from harness.core import Arch, SearchSpace
from harness.costs import mobile
from harness.costs.mobile import Layer, Skeleton
from harness.errors import BadValue
from harness.live.mobile_network import MobileNetwork, skeleton_of
from harness.live.reproducible import reproducible
from harness.spaces.darts import Darts
from harness.spaces.mobile import Block, Mobile, units_of
from harness.spaces.nb201 import Nb201
from proxies.weight_sharing._edge import MixedEdge
from proxies.weight_sharing._elastic_block import ElasticBlock
from proxies.weight_sharing._elastic_network import ElasticNetwork
from proxies.weight_sharing._inherit import recalibrate
from proxies.weight_sharing._settings import Settings
from proxies.weight_sharing._task import Task, cell_network, task_of
from proxies.weight_sharing.single_path import SinglePath

SPACE = Mobile()
LARGEST = SPACE.decode("d3:k5e4-k5e4-k5e4|d3:k5e4-k5e4-k5e4")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with reproducible():
        yield


def sampled(n: int) -> list[Arch]:
    rng = np.random.default_rng(7)
    return [SPACE.sample(rng) for _ in range(n)]


def elastic(channels: int = 4, strides: tuple[int, int] = (2, 2)) -> ElasticNetwork:
    """With matrices and batch norms that have moved, as those of a trained network."""
    torch.manual_seed(0)
    network = ElasticNetwork(Skeleton(10, channels, strides))
    for block in network.blocks:
        for matrix in block.matrices.values():
            nn.init.normal_(matrix.matrix, std=0.4)
    for arch in (LARGEST, *sampled(6)):
        network(torch.randn(8, 3, 8, 8), network.mixture(arch))
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.uniform_(norm.bias, -0.5, 0.5)
    return network


@pytest.mark.parametrize("skeleton", [Skeleton(10, 8), Skeleton(100, 4, (1, 2)), Skeleton(3, 6, (2, 1), colours=1)])
@pytest.mark.parametrize("pixels", [8, 9])
def test_formulas_are_what_is_counted(skeleton: Skeleton, pixels: int) -> None:
    for arch in (LARGEST, *sampled(8)):
        network = MobileNetwork(arch, skeleton).eval()
        assert mobile.parameters(arch, skeleton) == count_parameters(network)
        counted = count_flops(network, torch.zeros(1, skeleton.colours, pixels, pixels))
        assert mobile.flops(arch, skeleton, pixels) * 1e6 == pytest.approx(counted, rel=1e-12)


def test_a_network_by_hand() -> None:
    """One block in each unit, 4 channels, 10 classes: stem, two blocks, head."""
    arch = SPACE.decode("d1:k3e2|d1:k5e3")
    stem, first, second = 27 * 4 + 8, 4 * 8 + 9 * 8 + 8 * 4 + 2 * (8 + 8 + 4), 4 * 12 + 25 * 12 + 12 * 8 + 2 * (24 + 8)
    assert mobile.parameters(arch, Skeleton(10, 4)) == stem + first + second + 8 * 48 + 96 + 49 * 10
    areas = 64 * 27 * 4 + 64 * 4 * 8 + 16 * (72 + 32) + 16 * 48 + 4 * (300 + 96) + 4 * 8 * 48
    assert mobile.flops(arch, Skeleton(10, 4), 8) * 1e6 == pytest.approx(areas + 490)


def test_small_images_are_halved_once() -> None:
    assert skeleton_of((1, 8, 10), 4).strides == (1, 2)
    assert skeleton_of((3, 32, 10), 4).strides == (2, 2)


def test_the_first_unit_has_relu_and_all_else_h_swish() -> None:
    network = MobileNetwork(SPACE.decode("d2:k3e2-k3e2|d1:k3e2"), Skeleton(10, 2))
    kinds = [type(module) for module in network.modules() if isinstance(module, nn.ReLU | nn.Hardswish)]
    assert kinds == [nn.Hardswish, nn.ReLU, nn.ReLU, nn.Hardswish, nn.Hardswish]


def test_weights_are_those_of_the_seed() -> None:
    state = torch.get_rng_state()
    one, same, other = (MobileNetwork(LARGEST, Skeleton(10, 4), seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    images = torch.ones(2, 3, 8, 8)
    assert torch.equal(one(images), same(images))
    assert not torch.equal(one(images), other(images))


class TestElastic:
    @pytest.mark.parametrize("training", [False, True])
    @pytest.mark.parametrize("strides", [(2, 2), (1, 2)])
    def test_a_path_is_the_network_that_inherits_it(self, training: bool, strides: tuple[int, int]) -> None:
        network, images = elastic(strides=strides).train(training), torch.randn(4, 3, 8, 8)
        for arch in (LARGEST, *sampled(12)):
            before = copy.deepcopy(network.state_dict())
            static = network.inherit(arch)
            assert isinstance(static, MobileNetwork)
            assert static.training == training
            assert count_parameters(static) == mobile.parameters(arch, network.skeleton)
            torch.testing.assert_close(static(images), network(images, network.mixture(arch)))
            for name, values in static.stem.state_dict().items():
                torch.testing.assert_close(values, network.stem.state_dict()[name])
            network.load_state_dict(before)

    def test_what_is_inherited_is_a_copy(self) -> None:
        network, images = elastic().eval(), torch.randn(4, 3, 8, 8)
        before = network(images, network.mixture(LARGEST))
        static = network.inherit(LARGEST)
        with torch.no_grad():
            for weights in static.parameters():
                weights.zero_()
        assert torch.equal(network(images, network.mixture(LARGEST)), before)

    def test_running_averages_move_where_they_are_used(self) -> None:
        network = elastic()
        arch = SPACE.decode("d1:k3e2|d1:k3e2")
        static, images = network.inherit(arch), torch.randn(16, 3, 8, 8)
        norm = network.blocks[0].depthwise.norm
        beyond = norm.running_mean[8:].clone()
        static(images)
        network(images, network.mixture(arch))
        torch.testing.assert_close(norm.running_mean[:8], static.blocks[0].depthwise.norm.running_mean)
        assert torch.equal(norm.running_mean[8:], beyond)

    def test_the_small_kernel_is_the_centre_through_a_matrix(self) -> None:
        block = ElasticBlock(Layer(0, 4, 4, 1))
        large = block.kernel(Block(5, 4))
        assert torch.equal(large, block.depthwise.conv.weight)
        assert torch.equal(block.kernel(Block(3, 2)), large[:8, :, 1:4, 1:4])
        nn.init.zeros_(block.matrices["3"].matrix)
        block.matrices["3"].matrix.data[0, 4] = 2.0  # the first weight is twice the middle one, the others are zero
        small = block.kernel(Block(3, 4))
        torch.testing.assert_close(small[:, 0, 0, 0], 2 * large[:, 0, 2, 2])
        assert small.flatten(1)[:, 1:].eq(0).all()
        small.sum().backward()
        assert block.matrices["3"].matrix.grad is not None

    def test_sorted_channels_compute_the_same_and_the_first_are_the_most_important(self) -> None:
        network, images = elastic().eval(), torch.randn(4, 3, 8, 8)
        narrow = SPACE.decode("d3:k5e2-k5e2-k5e2|d3:k5e2-k5e2-k5e2")
        wide, before = (network(images, network.mixture(arch)) for arch in (LARGEST, narrow))
        network.sort_channels()
        torch.testing.assert_close(network(images, network.mixture(LARGEST)), wide, atol=1e-4, rtol=1e-4)
        assert not torch.allclose(network(images, network.mixture(narrow)), before, atol=1e-2)
        for block in network.blocks:
            norms = block.project.conv.weight.abs().sum((0, 2, 3))
            assert (norms.diff() <= 0).all()

    def test_what_is_beyond_the_depth_is_not_computed(self) -> None:
        network = elastic()
        network(torch.randn(2, 3, 8, 8), network.mixture((0,) * 14)).sum().backward()
        used = [block.expand.conv.weight.grad is not None for block in network.blocks]
        assert used == [True, False, False, True, False, False]

    def test_a_block_adds_its_input_where_that_fits(self) -> None:
        x = torch.randn(2, 4, 6, 6)
        for layer, fits in ((Layer(0, 4, 4, 1), True), (Layer(0, 4, 4, 2), False), (Layer(0, 4, 8, 1), False)):
            block = ElasticBlock(layer).eval()
            nn.init.zeros_(block.project.conv.weight)
            assert torch.equal(block(x, Block(3, 2)), x) == fits

    def test_mixed_decisions_are_refused(self) -> None:
        network, images = elastic(), torch.randn(2, 3, 8, 8)
        mixture = list(network.mixture(LARGEST))
        for wrong in ({0: 0.5, 1: 0.5}, {1: torch.tensor(1.0)}, {1: 0.3}):
            with pytest.raises(BadValue, match=r"no mixed edges.*choose a supernet that samples paths"):
                network(images, [wrong, *mixture[1:]])
        assert network.discretise([np.eye(n)[-1] for n in network.options]) == LARGEST
        network.eval()
        torch.testing.assert_close(network(images, [{}] * 14), network(images, network.mixture((0,) * 14)))


def on_texture(space: SearchSpace) -> TextureBenchmark:
    benchmark = TextureBenchmark()
    benchmark.space = space  # type: ignore[assignment]
    return benchmark


def task_on(space: SearchSpace, **settings: int) -> Task:
    return task_of(on_texture(space), Settings(batch=25, **settings), "test")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("space", "epochs", "least"), [(Mobile(), 2, 70.0), (Darts(), 4, 40.0)], ids=["mobile", "darts"]
)
def test_single_path_learns(space: SearchSpace, epochs: int, least: float) -> None:
    supernet = SinglePath(on_texture(space), seed=0, epochs=epochs, batch=25, channels=4, candidates=3)
    supernet.fit([], np.empty(0))
    rng = np.random.default_rng(0)
    scores = supernet.score([space.sample(rng) for _ in range(8)])
    assert np.median(scores) > least  # a guess is right in 25 %
    assert space.is_valid(supernet.derive())


def test_an_inherited_network_is_as_good_as_its_path() -> None:
    supernet = SinglePath(on_texture(SPACE), seed=0, epochs=1, batch=25)
    supernet.fit([], np.empty(0))
    network, task = supernet.network, supernet.task
    assert isinstance(network, ElasticNetwork)
    for arch in sampled(3):
        recalibrate(network, network.mixture(arch), task)
        static = network.inherit(arch).eval()
        images, labels = task.valid
        right = (static(images).argmax(-1) == labels).double().mean()
        assert 100 * float(right) == pytest.approx(supernet.accuracy(arch), abs=1e-9)


class TestSharedNetworks:
    @pytest.mark.parametrize("space", [Darts(), Mobile(), Nb201()], ids=lambda space: space.name)
    def test_weights_are_those_of_the_seed(self, space: SearchSpace) -> None:
        task, state = task_on(space, channels=2), torch.get_rng_state()
        one, same, other = (cell_network(task, seed, MixedEdge, "test").state_dict() for seed in (1, 1, 2))
        assert torch.equal(torch.get_rng_state(), state)
        assert all(torch.equal(one[name], same[name]) for name in one)
        assert any(not torch.equal(one[name], other[name]) for name in one)

    def test_channels_and_cells_are_the_settings(self) -> None:
        darts = cell_network(task_on(Darts(), channels=2, cells=4), 0, MixedEdge, "test")
        assert len(darts.cells) == 4
        assert darts.head.in_features == 4 * 4 * 2
        assert cell_network(task_on(SPACE, channels=2), 0, MixedEdge, "test").head[-1].in_features == 6 * 4
        with pytest.raises(BadValue, match="cells = 4: networks of the space mobile have none"):
            cell_network(task_on(SPACE, cells=4), 0, MixedEdge, "test")

    def test_edges_of_a_method_are_for_nb201(self) -> None:
        class Special(MixedEdge):
            pass

        cell_network(task_on(Darts(), channels=2), 0, partial(MixedEdge, affine=False), "darts")
        for space in (Darts(), SPACE):
            with pytest.raises(BadValue, match=rf"pc_darts has edges of its own.* nb201 and not of {space.name}"):
                cell_network(task_on(space, channels=2), 0, Special, "pc_darts")
        assert isinstance(cell_network(task_on(Nb201()), 0, Special, "pc_darts"), nn.Module)

    def test_other_spaces_are_refused(self) -> None:
        with pytest.raises(BadValue, match="test builds supernets of the spaces nb201, darts, mobile, not of grid"):
            cell_network(task_on(Grid()), 0, MixedEdge, "test")


def test_gradients_reach_the_sliced_weights_only() -> None:
    network = elastic()
    arch = SPACE.decode("d1:k5e2|d1:k5e2")
    loss = F.cross_entropy(network(torch.randn(4, 3, 8, 8), network.mixture(arch)), torch.arange(4))
    loss.backward()  # type: ignore[no-untyped-call]
    grad = network.blocks[0].expand.conv.weight.grad
    assert grad[:8].abs().sum() > 0
    assert grad[8:].abs().sum() == 0
    assert units_of(arch)[0] == (Block(5, 2),)
