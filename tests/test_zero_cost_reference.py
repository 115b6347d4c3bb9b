"""Our formulas against the numbers that another implementation gave for thirty cells with fixed weights and images."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness import registry
from harness.spaces.nb201 import EDGES, OPERATIONS, Nb201
from proxies.networks import CLASSIC, score_network

CELLS = range(30)
UNDEFINED = {4, 5, 6}
"""The cells whose input does not reach their output."""


class KeptNorm(nn.Module):
    """Batch normalisation that no formula recognises as one, and so none leaves out."""

    def __init__(self, width: int, affine: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width)) if affine else None
        self.bias = nn.Parameter(torch.zeros(width)) if affine else None

    def forward(self, x: Tensor) -> Tensor:
        return F.batch_norm(x, None, None, self.weight, self.bias, training=True)


def plain_norm(width: int, affine: bool = True) -> nn.Module:
    return nn.BatchNorm2d(width, affine=affine, track_running_stats=False)


class Zero(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 0.0


class Conv(nn.Module):
    """[ReLU,] convolution, batch norm."""

    def __init__(self, c_in: int, c_out: int, kernel: int, stride: int, bias: bool, norm: nn.Module, relu: bool = True):
        super().__init__()
        self.relu = relu
        self.conv = nn.Conv2d(c_in, c_out, kernel, stride, kernel // 2, bias=bias)
        self.bn = norm

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(F.relu(x) if self.relu else x))


class ReferenceCell(nn.Module):
    def __init__(self, arch: tuple[int, ...], width: int, norm: Any) -> None:
        super().__init__()
        for (i, j), option in zip(EDGES, arch, strict=True):
            self.add_module(f"e{i}{j}", self.operation(OPERATIONS[option], width, norm))

    @staticmethod
    def operation(name: str, width: int, norm: Any) -> nn.Module:
        if name.startswith("nor_conv"):
            return Conv(width, width, int(name[-1]), 1, True, norm(width, affine=False))
        pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
        return {"none": Zero(), "skip_connect": nn.Identity(), "avg_pool_3x3": pool}[name]

    def forward(self, x: Tensor) -> Tensor:
        nodes = [x]
        for node in (1, 2, 3):
            nodes.append(sum(self.get_submodule(f"e{i}{node}")(nodes[i]) for i in range(node)))
        return nodes[3]


class Reduction(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.shortcut = nn.Sequential()
        self.shortcut.add_module("pool", nn.AvgPool2d(2))
        self.shortcut.add_module("conv", nn.Conv2d(width, 2 * width, 1, bias=False))
        self.conv_a = Conv(width, 2 * width, 3, 2, False, KeptNorm(2 * width))
        self.conv_b = Conv(2 * width, 2 * width, 3, 1, False, KeptNorm(2 * width))

    def forward(self, x: Tensor) -> Tensor:
        return self.shortcut(x) + self.conv_b(self.conv_a(x))


class Reference(nn.Module):
    """The network that the README in `zc_reference` describes; `norm` is what stands in stem, cells and head."""

    def __init__(self, arch: tuple[int, ...], norm: Any) -> None:
        super().__init__()
        self.stem = Conv(3, 4, 3, 1, False, norm(4), relu=False)
        for stage, width in enumerate((4, 8, 16), start=1):
            cells = nn.Module()
            for cell in range(5):
                cells.add_module(f"cell{cell}", ReferenceCell(arch, width, norm))
            self.add_module(f"stage{stage}", cells)
        self.reduction1, self.reduction2 = Reduction(4), Reduction(8)
        self.head = nn.Module()
        self.head.bn, self.head.linear = norm(16), nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for stage in (1, 2, 3):
            for cell in self.get_submodule(f"stage{stage}").children():
                x = cell(x)
            if stage < 3:
                x = self.get_submodule(f"reduction{stage}")(x)
        return self.head.linear(F.relu(self.head.bn(x)).mean((2, 3)))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small only wait for each other's threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def folder(real_data: Path) -> Path:
    return real_data / "zc_reference"


@pytest.fixture(scope="module")
def scores(folder: Path) -> list[dict[str, Any]]:
    return json.loads((folder / "scores_float64.json").read_text())


@pytest.fixture(scope="module")
def batch(folder: Path) -> tuple[Tensor, Tensor]:
    arrays = np.load(folder / "inputs.npz")
    return torch.from_numpy(arrays["x"]).double(), torch.from_numpy(arrays["y"])


@pytest.fixture(scope="module")
def weights(folder: Path) -> dict[int, dict[str, Tensor]]:
    split: dict[int, dict[str, Tensor]] = {cell: {} for cell in CELLS}
    arrays = np.load(folder / "weights.npz")
    for name in arrays.files:
        cell, _, layer = name.partition("/")
        split[int(cell)][layer] = torch.from_numpy(arrays[name])
    return split


def build(cell: int, scores: list[dict[str, Any]], weights: dict[int, dict[str, Tensor]], norm: Any) -> nn.Module:
    network = Reference(Nb201().decode(scores[cell]["arch"]), norm)
    network.load_state_dict(weights[cell])
    return network.double()


def formula(name: str) -> Any:
    return registry.load("proxy", name).formula


@pytest.mark.real_data
@pytest.mark.parametrize("cell", CELLS)
def test_scores_of_the_reference(
    cell: int, scores: list[dict[str, Any]], weights: dict[int, dict[str, Tensor]], batch: tuple[Tensor, Tensor]
) -> None:
    network, kept = (build(cell, scores, weights, norm) for norm in (plain_norm, KeptNorm))
    logits = network(batch[0]).detach()
    names = ("grad_norm", "snip", "plain", "grasp", "fisher", "synflow", "jacob_cov", "l2_norm")
    ours = {name: formula(name)(network, *batch) for name in names}
    ours |= {"sum_of_logits": logits.sum().item(), "loss": F.cross_entropy(logits, batch[1]).item()}
    ours["synflow_bn"] = formula("synflow")(kept, *batch)
    ours = {name: value for name, value in ours.items() if name in scores[cell]}
    theirs = {name: math.nan if scores[cell][name] is None else scores[cell][name] for name in ours}
    assert ours == pytest.approx(theirs, rel=1e-8, abs=0, nan_ok=True)
    assert math.isnan(ours["jacob_cov"]) == (cell in UNDEFINED)


@pytest.mark.real_data
def test_in_float32_the_scores_are_close(
    scores: list[dict[str, Any]], weights: dict[int, dict[str, Tensor]], batch: tuple[Tensor, Tensor]
) -> None:
    names = ("grad_norm", "snip", "plain", "grasp", "fisher", "jacob_cov", "synflow")
    apart: dict[str, list[float]] = {name: [] for name in names}
    for cell in set(CELLS) - UNDEFINED:
        ours = score_network(build(cell, scores, weights, plain_norm).float(), batch[0].float(), batch[1], names)
        for name, score in ours.items():
            apart[name].append(abs(score / scores[cell][name] - 1))
    assert {name: float(np.median(differences)) < 1e-4 for name, differences in apart.items()} == dict.fromkeys(
        names, True
    )


@pytest.mark.real_data
@pytest.mark.parametrize("cell", [0, 7, 12, 29])
def test_one_pass_for_all_gives_the_scores_of_the_reference(
    cell: int, scores: list[dict[str, Any]], weights: dict[int, dict[str, Tensor]], batch: tuple[Tensor, Tensor]
) -> None:
    names = [name for name in CLASSIC if name in scores[cell]]
    ours = score_network(build(cell, scores, weights, plain_norm), *batch, names)
    assert len(ours) >= 7
    assert ours == pytest.approx({name: scores[cell][name] for name in names}, rel=1e-8)
