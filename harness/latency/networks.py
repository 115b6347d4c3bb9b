"""The networks whose time is taken, and their parts: ready to be used, so that what cannot matter is not computed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness.core import Arch
from harness.latency.layout import Layout, Stage
from harness.live.network import Cell, CellNetwork
from harness.live.official_network import OfficialCell, OfficialNetwork
from harness.spaces.nb201 import EDGES, NONE, SKIP, live_edges

Module = Callable[[Tensor], Tensor]
Shape = tuple[int, int, int]
"""Channels, height and width of what a part takes."""

WHOLE_WAY = EDGES.index((0, 3))
"""The edge from the cell's input to its output."""


class Part(NamedTuple):
    """A part of a network, and the shape of what it takes. Its name is unique."""

    name: str
    module: Module
    shape: Shape


def network(layout: Layout, arch: Arch, device: str = "cpu") -> nn.Module:
    """The network of this cell, without the operations that cannot matter, in evaluation mode on the device."""
    colours, _, classes = layout.shape
    with _untouched():
        if layout.small:
            (stage,) = layout.stages
            built: nn.Module = CellNetwork(arch, (colours, classes), stage.channels)
        else:
            first, second, third = ((stage.channels,) * stage.cells for stage in layout.stages)
            widths = (*first, second[0], *second, third[0], *third)
            built = OfficialNetwork(pruned(arch), widths, classes)
    return built.eval().to(device)


def parts(layout: Layout, device: str) -> list[Part]:
    """All that is not a cell: the stem, what stands between cells or stages, the head."""
    whole = network(layout, single(SKIP), device)
    first = (layout.shape[0], layout.shape[1], layout.shape[1])
    if isinstance(whole, CellNetwork):
        inside = shape_of(layout.stages[0])
        between = [Part("between", whole.between, inside)]
        return [Part("stem", whole.stem, first), *between, Part("head", _small_head(whole), inside)]
    assert isinstance(whole, OfficialNetwork)
    blocks = [
        Part(f"block {k + 1}", whole.layers[(k + 1) * stage.cells + k], shape_of(stage))
        for k, stage in enumerate(layout.stages[:-1])
    ]
    return [Part("stem", whole.stem, first), *blocks, Part("head", _official_head(whole), shape_of(layout.stages[-1]))]


def cell(layout: Layout, stage: Stage, arch: Arch) -> nn.Module:
    """A cell of the stage, in evaluation mode."""
    with _untouched():
        built = (
            Cell(arch, stage.channels, 1)
            if layout.small
            else OfficialCell(pruned(arch), stage.channels, stage.channels)
        )
    return built.eval()


def operation(layout: Layout, stage: Stage, option: int) -> nn.Module:
    """An operation of the stage's cells, in evaluation mode."""
    operations = cell(layout, stage, single(option)).get_submodule("operations")
    assert isinstance(operations, nn.ModuleList)
    return operations[0 if layout.small else WHOLE_WAY]


def single(option: int) -> Arch:
    """The cell that does nothing else on the way from its input to its output."""
    return tuple(option if k == WHOLE_WAY else NONE for k in range(len(EDGES)))


def pruned(arch: Arch) -> Arch:
    """The cell without what cannot matter to its output."""
    live = {(edge.source, edge.target) for edge in live_edges(arch)}
    return tuple(option if edge in live else NONE for edge, option in zip(EDGES, arch, strict=True))


def shape_of(stage: Stage) -> Shape:
    """What goes in and out of the stage's cells."""
    return stage.channels, stage.pixels, stage.pixels


def images(shape: Shape, batch: int, device: str) -> Tensor:
    """Normal noise, the same at every call, shape (batch, *shape)."""
    return torch.randn(batch, *shape, generator=torch.Generator().manual_seed(0)).to(device)


def _small_head(whole: CellNetwork) -> Module:
    def head(x: Tensor) -> Tensor:
        logits: Tensor = whole.head(F.relu(whole.norm(x)).mean((2, 3), keepdim=True))
        return logits.view(len(x), whole.groups, -1)

    return head


def _official_head(whole: OfficialNetwork) -> Module:
    def head(x: Tensor) -> Tensor:
        logits: Tensor = whole.head(whole.norm(x).mean((2, 3)))
        return logits

    return head


@contextmanager
def _untouched() -> Iterator[None]:
    """Weights are drawn from torch's global generator, which stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        yield
