from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.live.network import CellNetwork, initialise
from harness.spaces.nb201 import CONV1, CONV3, NONE, POOL, SKIP, Nb201, expression, live_edges

SPACE = Nb201()
ARCHS = st.tuples(*[st.integers(0, 4)] * 6)
ARCH = (CONV3, CONV1, SKIP, POOL, CONV1, CONV3)


def network(arch: tuple[int, ...], seeds: tuple[int, ...] = (0,), channels: int = 4) -> CellNetwork:
    built = CellNetwork(arch, (1, 10), channels, len(seeds))
    initialise(built, seeds)
    return built


def images(n: int = 5, groups: int = 1) -> torch.Tensor:
    one = torch.randn(n, 1, 8, 8, generator=torch.Generator().manual_seed(7))
    return one.repeat(1, groups, 1, 1)


@given(ARCHS)
@settings(max_examples=30, deadline=None)
def test_only_live_edges_are_built(arch: tuple[int, ...]) -> None:
    built, live = network(arch), live_edges(arch)
    assert len(built.cell1.operations) == len(built.cell2.operations) == len(live)
    convolutions = [module for module in built.cell1.modules() if isinstance(module, torch.nn.Conv2d)]
    kernels = sorted(module.kernel_size[0] for module in convolutions)
    assert kernels == sorted({CONV1: 1, CONV3: 3}[edge.operation] for edge in live if edge.operation in (CONV1, CONV3))
    assert built(images()).shape == (5, 1, 10)


def test_edges_that_lead_nowhere_have_no_weights() -> None:
    bare = network((NONE, NONE, NONE, CONV3, NONE, NONE))
    for dead in ((CONV3, NONE, NONE, CONV3, NONE, NONE), (NONE, CONV1, CONV3, CONV3, CONV3, NONE)):
        if live_edges(dead) == live_edges((NONE, NONE, NONE, CONV3, NONE, NONE)):
            same = network(dead)
            assert sum(p.numel() for p in same.parameters()) == sum(p.numel() for p in bare.parameters())
            assert torch.equal(same(images()), bare(images()))


def test_cells_of_one_class_compute_the_same_function() -> None:
    """With at most one convolution the same seed draws the same weights, so the outputs must agree."""
    classes: dict[str, list[tuple[int, ...]]] = {}
    for arch in SPACE.all():
        if sum(edge.operation in (CONV1, CONV3) for edge in live_edges(arch)) == 1:
            classes.setdefault(expression(arch), []).append(arch)
    chosen = sorted((members for members in classes.values() if len(members) > 1), key=len)[-6:]
    assert len(chosen) == 6
    for members in chosen:
        expected = network(SPACE.canonical(members[0]))(images())
        for arch in members[:5]:
            torch.testing.assert_close(network(arch)(images()), expected, rtol=1e-4, atol=1e-5)


def test_a_node_is_the_sum_of_what_enters_it() -> None:
    """0 -> 1 by 1x1 convolution, 1 -> 3 by skip, 0 -> 3 by pool: pool(x) + conv(x)."""
    cell = network((CONV1, NONE, NONE, POOL, SKIP, NONE)).cell1.eval()
    x = torch.randn(2, 4, 4, 4, generator=torch.Generator().manual_seed(1))
    conv = next(module for module in cell.modules() if isinstance(module, torch.nn.Conv2d))
    by_hand = torch.einsum("oi,nihw->nohw", conv.weight[:, :, 0, 0], x.clamp(min=0)) / (1 + 1e-5) ** 0.5
    mean = torch.zeros_like(x)
    for row in range(4):
        for column in range(4):
            window = x[:, :, max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
            mean[:, :, row, column] = window.mean((2, 3))
    torch.testing.assert_close(cell(x), by_hand + mean, rtol=1e-4, atol=1e-5)


def test_a_cell_of_nothing_has_no_weights_and_gives_every_image_the_same_logits() -> None:
    built = network((NONE,) * 6)
    assert not any(name.startswith("cell") for name, _ in built.named_parameters())
    logits = built(images())
    assert torch.equal(logits, logits[:1].expand_as(logits))


def test_no_value_crosses_from_one_group_to_another() -> None:
    side_by_side = network(ARCH, (0, 1, 2))
    clean, noisy = images(groups=3), images(groups=3)
    noisy[:, 1] += 1
    before, after = side_by_side(clean), side_by_side(noisy)
    assert torch.equal(before[:, [0, 2]], after[:, [0, 2]])
    assert not torch.equal(before[:, 1], after[:, 1])


def test_no_gradient_crosses_from_one_group_to_another() -> None:
    side_by_side = network(ARCH, (0, 1, 2))
    side_by_side(images(groups=3))[:, 1].square().sum().backward()
    for name, weights in side_by_side.named_parameters():
        assert weights.grad is not None, name
        first, second, third = weights.grad.view(3, -1)
        assert not first.any(), name
        assert not third.any(), name
        assert second.any(), name


def test_each_group_has_the_weights_of_its_seed() -> None:
    side_by_side = network(ARCH, (3, 8))
    for k, seed in enumerate((3, 8)):
        alone = dict(network(ARCH, (seed,)).named_parameters())
        for name, weights in side_by_side.named_parameters():
            assert torch.equal(weights.view(2, -1)[k], alone[name].view(-1)), name


def test_initial_weights_have_the_variance_of_he() -> None:
    wide = network(ARCH, channels=64)
    for module in wide.modules():
        if isinstance(module, torch.nn.Conv2d):
            fan_in = module.weight[0].numel()
            expected = (1 if module is wide.head else 2) / fan_in
            assert module.weight.var().item() == pytest.approx(expected, rel=0.2)
    assert not wide.head.bias.any()  # type: ignore[union-attr]


def test_different_seeds_draw_different_weights() -> None:
    drawn = [network(ARCH, (seed,)).stem.weight.detach().numpy() for seed in range(4)]
    assert all(not np.array_equal(one, other) for one, other in combinations(drawn, 2))


def test_one_cell_leaves_out_the_second_and_what_stands_between() -> None:
    shallow = CellNetwork(ARCH, (1, 10), 4, 1, cells=1).eval()
    initialise(shallow, (0,))
    x = shallow.cell1(shallow.stem(images()))
    by_hand = shallow.head(shallow.norm(x).clamp(min=0).mean((2, 3), keepdim=True)).view(5, 1, 10)
    torch.testing.assert_close(shallow(images()), by_hand)
    full = dict(network(ARCH).named_parameters())
    assert {name.partition(".")[0] for name in full} - {
        name.partition(".")[0] for name, _ in shallow.named_parameters()
    } == {"between", "cell2"}
    assert torch.equal(full["stem.weight"], shallow.stem.weight)
    assert torch.equal(
        full["cell1.operations.0.conv.weight"], dict(shallow.named_parameters())["cell1.operations.0.conv.weight"]
    )
