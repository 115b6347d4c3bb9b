import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness.costs import nats_sss, nb201
from harness.errors import BadValue
from harness.live.official_network import OfficialCell, OfficialNetwork, nb201_network, size_network
from harness.spaces.nats_sss import NatsSss
from harness.spaces.nb201 import CONV1, CONV3, EDGES, NONE, POOL, SKIP, Nb201

CELLS, SIZES = Nb201(), NatsSss()
SOME_CELLS = [CELLS.all()[i] for i in range(0, 15625, 264)]
SOME_SIZES = [*[SIZES.all()[i] for i in range(0, 32768, 1201)], (0,) * 5, (7,) * 5, (0, 7, 0, 7, 0), (3, 5, 5, 1, 1)]
ALL_FIVE = (CONV3, NONE, POOL, SKIP, CONV1, CONV3)

IMAGES = {10: 32, 120: 16}
NETWORKS = [
    *[(nb201_network, nb201, arch, (10, 120)[k % 2]) for k, arch in enumerate(SOME_CELLS)],
    *[(size_network, nats_sss, arch, classes) for arch in SOME_SIZES for classes in IMAGES],
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def count_parameters(network: nn.Module) -> int:
    return sum(weights.numel() for weights in network.parameters())


def count_flops(network: nn.Module, size: int) -> int:
    """Multiply-adds of convolutions and parameters of linear layers, seen while one image passes."""
    seen: list[int] = []

    def watch(module: nn.Module, _: Any, output: Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            seen.append(output.shape[-2] * output.shape[-1] * module.weight.numel())
        elif isinstance(module, nn.Linear):
            seen.append(count_parameters(module))

    for module in network.modules():
        module.register_forward_hook(watch)
    network(torch.zeros(1, 3, size, size))
    return sum(seen)


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize(("build", "costs", "arch", "classes"), NETWORKS)
def test_costs_are_those_of_the_network(build: Any, costs: Any, arch: tuple[int, ...], classes: int) -> None:
    network = build(arch, classes)
    assert count_parameters(network) == costs.parameters(arch, classes)
    assert count_flops(network, IMAGES[classes]) / 1e6 == costs.flops(arch, classes)


@pytest.mark.real_data
def test_parameters_are_the_official_ones(real_data: Path) -> None:
    table = pd.read_parquet(real_data / "nb201_arch.parquet").set_index("arch_str").params_cifar100
    for arch in SOME_CELLS[::3]:
        assert count_parameters(nb201_network(arch, 100)) == table[CELLS.encode(arch)]


@pytest.mark.parametrize(("build", "arch"), [(nb201_network, ALL_FIVE), (size_network, (0, 1, 3, 2, 4))])
@pytest.mark.parametrize("size", [32, 16])
def test_logits_of_images_of_both_sizes(build: Any, arch: tuple[int, ...], size: int) -> None:
    network, images = build(arch, 100), noise(6, 3, size, size)
    logits = network.eval()(images)
    assert logits.shape == (6, 100)
    assert logits.isfinite().all()
    assert len(logits[:, 0].unique()) == 6
    torch.testing.assert_close(network(images[2:3]), logits[2:3], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("widths", [(), (8,) * 4, (8,) * 6])
def test_widths_that_make_no_network(widths: tuple[int, ...]) -> None:
    with pytest.raises(BadValue, match=f"{len(widths)} widths make no network"):
        OfficialNetwork(ALL_FIVE, widths, 10)


def test_every_weight_learns() -> None:
    network = size_network((1, 0, 2, 0, 3), 10)
    F.cross_entropy(network(noise(8, 3, 16, 16)), torch.arange(8)).backward()
    for name, weights in network.named_parameters():
        assert weights.grad is not None, name
        assert weights.grad.any(), name


def test_a_cell_where_the_width_changes() -> None:
    """Node by node: skip becomes a projection without ReLU, and all that starts at an inner node keeps the width."""
    cell = OfficialCell((CONV3, CONV1, CONV3, SKIP, POOL, NONE), 3, 5)
    x = noise(4, 3, 6, 6)

    def normed(conv: nn.Module, value: Tensor) -> Tensor:
        out = F.conv2d(value, conv.weight, padding=conv.weight.shape[-1] // 2)
        mean, var = out.mean((0, 2, 3), keepdim=True), out.var((0, 2, 3), correction=0, keepdim=True)
        return (out - mean) / (var + 1e-5).sqrt()

    conv01, projection = cell.operations[0][1], cell.operations[3][0]
    one = normed(conv01, x.relu())
    expected = normed(projection, x) + F.avg_pool2d(one, 3, 1, 1, count_include_pad=False)
    torch.testing.assert_close(cell(x), expected, rtol=1e-4, atol=1e-5)
    assert [sum(p.numel() for p in operation.parameters()) for operation in cell.operations] == [
        9 * 15 + 10, 15 + 10, 9 * 25 + 10, 15 + 10, 0, 0,
    ]  # fmt: skip


def test_pool_and_none_where_the_width_changes() -> None:
    cell = OfficialCell((NONE, NONE, NONE, POOL, NONE, NONE), 3, 5)
    x = noise(2, 3, 6, 6)
    assert cell(x).shape == (2, 5, 6, 6)
    assert cell(x).abs().sum() > 1
    assert not OfficialCell((NONE,) * 6, 3, 5)(x).any()


def test_weights_are_the_defaults_of_torch_drawn_from_the_seed() -> None:
    torch.manual_seed(11)
    before = torch.get_rng_state()
    network, other = nb201_network(ALL_FIVE, 10, seed=3), nb201_network(ALL_FIVE, 10, seed=4)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(3)
    stem = nn.Conv2d(3, 16, 3, padding=1, bias=False)
    assert torch.equal(network.stem[0].weight, stem.weight)
    assert not torch.equal(other.stem[0].weight, stem.weight)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            bound = module.weight[0].numel() ** -0.5
            assert module.weight.abs().max() <= bound
            assert module.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.15)
        elif isinstance(module, nn.BatchNorm2d):
            assert (module.weight == 1).all()
            assert not module.bias.any()
    again = nb201_network(ALL_FIVE, 10, seed=3).state_dict()
    assert all(torch.equal(again[name], value) for name, value in network.state_dict().items())


STAGE, REDUCTION = re.compile(r"stage(\d)\.cell(\d)\.e(\d)(\d)\.conv\.weight"), re.compile(r"reduction(\d)\.(.*)")
PARTS = {
    "shortcut.conv": "shortcut.1", "conv_a.conv": "residual.0.1", "conv_a.bn": "residual.0.2",
    "conv_b.conv": "residual.1.1", "conv_b.bn": "residual.1.2",
    "stem.conv": "stem.0", "stem.bn": "stem.1", "head.bn": "norm.0", "head.linear": "head",
}  # fmt: skip


def ours(name: str) -> str:
    """Our name of a layer of the reference network."""
    if match := STAGE.fullmatch(name):
        stage, cell, i, j = map(int, match.groups())
        return f"layers.{6 * (stage - 1) + cell}.operations.{EDGES.index((i, j))}.1.weight"
    match = REDUCTION.fullmatch(name)
    part, _, kind = (match[2] if match else name).rpartition(".")
    where = f"layers.{6 * int(match[1]) - 1}." if match else ""
    return f"{where}{PARTS[part]}.{kind}"


@pytest.mark.real_data
@pytest.mark.parametrize("cell", range(30))
def test_logits_of_another_implementation(real_data: Path, cell: int) -> None:
    """Its convolutions within cells have a bias, which the batch norm behind takes away again."""
    folder = real_data / "zc_reference"
    expected = json.loads((folder / "scores_float64.json").read_text())[cell]
    inputs, arrays = np.load(folder / "inputs.npz"), np.load(folder / "weights.npz")
    network = OfficialNetwork(CELLS.decode(expected["arch"]), (4,) * 5 + (8,) * 6 + (16,) * 6, 10).double()
    own = dict(network.named_parameters())
    given = [name for name in arrays.files if name.startswith(f"{cell:02d}/") and not name.endswith("conv.bias")]
    with torch.no_grad():
        for name in given:
            own[ours(name.partition("/")[2])].copy_(torch.from_numpy(arrays[name]))
    untouched = set(own) - {ours(name.partition("/")[2]) for name in given}
    assert not any(own[name].ndim > 1 for name in untouched)
    logits = network(torch.from_numpy(inputs["x"]).double())
    assert logits.sum().item() == pytest.approx(expected["sum_of_logits"], rel=1e-8)
    loss = F.cross_entropy(logits, torch.from_numpy(inputs["y"])).item()
    assert loss == pytest.approx(expected["loss"], rel=1e-8)
