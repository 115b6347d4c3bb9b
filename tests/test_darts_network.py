"""DARTS networks: published numbers of parameters, formulas against what is counted, and the supernet's paths."""

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from test_darts_space import DARTS_V2
from torch import Tensor, nn

from harness.core import Arch
from harness.costs import darts
from harness.costs.darts import Skeleton
from harness.errors import BadValue
from harness.live.darts_network import DartsNetwork, FactorizedReduce, operation
from harness.spaces.darts import AVG, DIL3, DIL5, EDGES, MAX, OPERATIONS, SEP3, SEP5, SKIP, Darts, cells_of
from proxies.weight_sharing._darts_network import DartsEdge, DartsSupernet
from proxies.weight_sharing._shared import Mixture

SPACE = Darts()
PDARTS = (
    "Genotype(normal=[('skip_connect', 0), ('dil_conv_3x3', 1), ('skip_connect', 0),('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('sep_conv_3x3', 3), ('sep_conv_3x3',0), ('dil_conv_5x5', 4)], normal_concat=range(2, 6), "
    "reduce=[('avg_pool_3x3', 0), ('sep_conv_5x5', 1), ('sep_conv_3x3', 0), ('dil_conv_5x5', 2), ('max_pool_3x3', 0), "
    "('dil_conv_3x3', 1), ('dil_conv_3x3', 1), ('dil_conv_5x5', 3)], reduce_concat=range(2, 6))"
)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def sampled(n: int, seed: int = 5) -> list[Arch]:
    rng = np.random.default_rng(seed)
    return [SPACE.sample(rng) for _ in range(n)]


def count_parameters(network: nn.Module) -> int:
    return sum(weights.numel() for weights in network.parameters())


def count_flops(network: nn.Module, images: Tensor) -> int:
    """Multiply-adds of convolutions and parameters of linear layers, seen while one image passes."""
    seen: list[int] = []

    def watch(module: nn.Module, _: Any, output: Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            seen.append(output.shape[-2] * output.shape[-1] * module.weight.numel())
        elif isinstance(module, nn.Linear):
            seen.append(count_parameters(module))

    for module in network.modules():
        module.register_forward_hook(watch)
    network(images)
    return sum(seen)


@pytest.mark.parametrize(("genotype", "published"), [(DARTS_V2, 3_349_342), (PDARTS, 3_433_798)])
def test_published_parameters(genotype: str, published: int) -> None:
    """Of 20 cells that begin with 36 channels on CIFAR-10, as the authors' code counts them without auxiliary head."""
    arch, skeleton = SPACE.decode(genotype), Skeleton(classes=10)
    assert (skeleton.channels, skeleton.cells) == (36, 20)
    assert darts.parameters(arch, skeleton) == published
    with torch.device("meta"):
        assert count_parameters(DartsNetwork(arch, skeleton)) == published


@pytest.mark.parametrize(
    "skeleton", [Skeleton(10, 4, 3), Skeleton(100, 2, 5, 1), Skeleton(7, 6, 4, 2), Skeleton(10, 2, 6)]
)
def test_formulas_are_what_is_counted(skeleton: Skeleton) -> None:
    for arch in sampled(3):
        network = DartsNetwork(arch, skeleton)
        assert darts.parameters(arch, skeleton) == count_parameters(network)
        assert darts.parameters(SPACE.canonical(arch), skeleton) == count_parameters(network)
        for pixels in (4, 8):
            counted = count_flops(copy.deepcopy(network).eval(), torch.zeros(1, skeleton.colours, pixels, pixels))
            assert darts.flops(arch, skeleton, pixels) * 1e6 == pytest.approx(counted, rel=1e-12)


def test_what_makes_no_network_is_refused() -> None:
    (arch,) = sampled(1)
    with pytest.raises(BadValue, match="2 cells make no network of darts"):
        darts.parameters(arch, Skeleton(10, 4, 2))
    for odd in (3, 0):
        with pytest.raises(BadValue, match=f"{odd} channels in a network of darts"):
            DartsNetwork(arch, Skeleton(10, odd, 3))
    for pixels in (0, 10):
        with pytest.raises(BadValue, match=f"images of {pixels} pixels a side"):
            darts.flops(arch, Skeleton(10, 4, 3), pixels)


def test_weights_are_those_of_the_seed() -> None:
    (arch,) = sampled(1)
    state = torch.get_rng_state()
    one, same, other = (DartsNetwork(arch, Skeleton(10, 2, 3), seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    images = torch.ones(2, 3, 8, 8)
    assert torch.equal(one(images), same(images))
    assert not torch.equal(one(images), other(images))


def test_a_factorized_reduction_sees_the_even_and_the_odd_points() -> None:
    module, images = FactorizedReduce(2, 4), torch.rand(1, 2, 4, 4, requires_grad=True)
    assert module(images).shape == (1, 4, 2, 2)
    for conv in module.convs:
        nn.init.ones_(conv.weight)
    module.norm = nn.Identity()
    module(images).sum().backward()
    assert images.grad is not None
    seen = images.grad[0, 0] != 0
    assert seen[::2, ::2].all()
    assert seen[1::2, 1::2].all()
    assert seen.sum() == 8


@pytest.mark.parametrize(
    ("option", "side", "points"),
    [(MAX, 3, 1), (AVG, 3, 9), (SKIP, 1, 1), (SEP3, 5, 25), (SEP5, 9, 81), (DIL3, 5, 9), (DIL5, 9, 25)],
)
def test_what_a_point_is_made_of(option: int, side: int, points: int) -> None:
    """The square of the input that one point of the output sees, and how many points of it."""
    images, module = torch.rand(1, 2, 13, 13, requires_grad=True), operation(option, 2, 1).eval()
    for weights in module.parameters():
        nn.init.ones_(weights)
    module(1 + images)[0, 0, 6, 6].backward()
    assert images.grad is not None
    rows, columns = np.nonzero(images.grad[0].abs().sum(0).numpy())
    assert len(rows) == points
    if option != MAX:
        assert np.ptp(rows) + 1 == np.ptp(columns) + 1 == side


def supernet(channels: int = 4, cells: int = 3) -> DartsSupernet:
    torch.manual_seed(0)
    return DartsSupernet(Skeleton(10, channels, cells))


def without_pooling(n: int) -> list[Arch]:
    found = (arch for arch in sampled(2000))
    pools = (MAX, AVG)
    return [arch for arch in found if all(edge.operation not in pools for cell in cells_of(arch) for edge in cell)][:n]


def give(network: DartsNetwork, shared: DartsSupernet) -> None:
    """Put the supernet's weights into a network of its own, whose batch norms begin with scale 1 and shift 0."""
    pairs = [(network.stem, shared.stem), (network.head, shared.head)]
    for own, theirs in zip(network.cells, shared.cells, strict=True):
        pairs.append((own.prepare, theirs.prepare))
        for edge, module in zip(own.cell, own.operations, strict=True):
            mixed = theirs.edges[EDGES.index((edge.source, edge.target))]
            pairs.append((module, mixed.operations[edge.operation]))
    for target, source in pairs:
        target.load_state_dict(source.state_dict(), strict=False)


class TestSupernet:
    def test_a_path_is_the_network_of_the_architecture(self) -> None:
        shared, images = supernet(), torch.randn(4, 3, 8, 8)
        archs = without_pooling(2)
        assert len(archs) == 2
        for arch in archs:
            network = DartsNetwork(arch, Skeleton(10, 4, 3), seed=9)
            assert not torch.allclose(network(images), shared(images, shared.mixture(arch)), atol=1e-3)
            give(network, shared)
            torch.testing.assert_close(network(images), shared(images, shared.mixture(arch)))

    def test_mixture_and_discretise_are_inverse(self) -> None:
        shared, rng = supernet(), np.random.default_rng(0)
        assert len(shared.options) == len(shared.skips) == 28
        for arch in sampled(20):
            mixture = shared.mixture(arch)
            assert sum(map(len, mixture)) == 16
            strengths = [rng.random(n) * 0.5 for n in shared.options]
            for strength, weights in zip(strengths, mixture, strict=True):
                strength[0] = 9.0  # none is strongest everywhere, and set aside
                for option in weights:
                    strength[option] = 0.6 + 0.1 * rng.random()
            assert shared.discretise(strengths) == arch

    def test_the_skip_option_is_the_skip_connection(self) -> None:
        edge, x = DartsEdge(2, 1), torch.randn(1, 2, 4, 4)
        (skip,) = set(supernet(2, 3).skips)
        assert OPERATIONS[skip - 1] == OPERATIONS[SKIP] == "skip_connect"
        assert torch.equal(edge(x, {skip: 1.0}), x)

    @pytest.mark.parametrize("stride", [1, 2])
    def test_an_edge_is_the_weighted_sum_of_its_operations(self, stride: int) -> None:
        edge, x = DartsEdge(4, stride), torch.randn(3, 4, 8, 8)
        weights = torch.rand(8, requires_grad=True)
        total = edge(x, dict(enumerate(weights.unbind())))
        alone = [edge(x, {option: 1.0}) for option in range(1, 8)]
        torch.testing.assert_close(total, sum(w * one for w, one in zip(weights[1:], alone, strict=True)))
        assert torch.equal(edge(x, {0: 1.0}), torch.zeros(3, 4, 8 // stride, 8 // stride))
        total.square().sum().backward()
        assert weights.grad is not None
        assert weights.grad[0] == 0
        assert (weights.grad[1:] != 0).all()

    def test_only_what_is_named_is_computed(self) -> None:
        shared = supernet(2, 3)
        (arch,) = sampled(1)
        shared(torch.randn(2, 3, 8, 8), shared.mixture(arch)).sum().backward()
        for half, reduces in ((0, False), (1, True)):
            named = {(edge.source, edge.target, edge.operation) for edge in cells_of(arch)[half]}
            for cell in (c for c, r in zip(shared.cells, shared.reduces, strict=True) if r == reduces):
                for (source, target), edge in zip(EDGES, cell.edges, strict=True):
                    for option, module in enumerate(edge.operations):
                        used = any(weights.grad is not None for weights in module.parameters())
                        assert not used or (source, target, option) in named

    def test_nothing_on_any_edge_gives_no_picture_of_the_image(self) -> None:
        shared = supernet(2, 3).eval()
        nothing: Mixture = [{}] * 28
        none: Mixture = [{0: 1.0}] * 28
        one, other = (shared(images, nothing) for images in (torch.zeros(1, 3, 8, 8), torch.ones(1, 3, 8, 8)))
        assert torch.equal(one, other)
        assert torch.equal(one, shared(torch.ones(1, 3, 8, 8), none))

    def test_batch_norms_in_cells_have_no_scale_and_pooling_has_one_behind_it(self) -> None:
        shared = supernet(2, 3)
        norms = [module for module in shared.cells.modules() if isinstance(module, nn.BatchNorm2d)]
        assert norms
        assert all(norm.weight is None and norm.bias is None for norm in norms)
        assert shared.stem[1].weight is not None
        pooled = DartsEdge(2, 1)(3 + 5 * torch.randn(20, 2, 4, 4), {1 + MAX: 1.0})
        torch.testing.assert_close(pooled.mean((0, 2, 3)), torch.zeros(2), atol=1e-4, rtol=0)
        assert torch.isfinite(DartsEdge(2, 2)(torch.randn(1, 2, 4, 4), {1 + SEP3: 1.0})).all()
