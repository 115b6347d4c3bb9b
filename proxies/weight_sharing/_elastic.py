"""Which architecture of a space is the largest and which the smallest, and how the space opens up from the largest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from harness.core import Arch, SearchSpace
from harness.costs import mobile, nb201
from harness.errors import BadValue
from harness.live.mobile_network import skeleton_of
from harness.spaces.mobile import DEPTHS, EXPANSIONS, KERNELS, UNITS
from harness.spaces.nb201 import CONV1, CONV3, SKIP, live_edges
from proxies.weight_sharing._edge import MakeEdge, MixedEdge
from proxies.weight_sharing._shared import SharedNetwork
from proxies.weight_sharing._task import Task, cell_network

Allowed = Sequence[Sequence[int]]
"""The options that each decision may take."""


class Phase(NamedTuple):
    """What becomes elastic, the options that are allowed from then on, and how many networks make an update."""

    name: str
    allowed: Allowed
    networks: int


@dataclass(frozen=True, slots=True)
class Elastic:
    """A space as methods see it that train the largest architecture together with those inside it.

    The first of the `phases` is the largest architecture alone, the last the whole space; updates are of 1, 2 and 4
    networks while kernels, depth and width become elastic, as in the code of Cai et al. (Once-for-All, ICLR 2020).
    `flops` are those of a network of the space, in millions; `alive` says whether an architecture's input reaches its
    output. The `repr` is the same in every process.
    """

    largest: Arch
    smallest: Arch
    phases: Sequence[Phase]
    flops: Callable[[Arch], float] = field(repr=False)
    alive: Callable[[Arch], bool] = field(repr=False)

    def draw(self, allowed: Allowed, rng: np.random.Generator) -> Arch:
        """An architecture that is alive, its options drawn uniformly from those allowed."""
        while True:
            arch = tuple(options[int(rng.integers(len(options)))] for options in allowed)
            if self.alive(arch):
                return arch

    @property
    def whole(self) -> Allowed:
        """All options of the space."""
        return self.phases[-1].allowed


def elastic_of(space: SearchSpace, method: str) -> Elastic:
    """How the space is elastic; a `BadValue` for a space whose architectures do not lie inside each other."""
    if space.name not in _SPACES:
        raise BadValue(
            f"{method} trains the largest network of a space and those inside it, which is known of "
            f"{', '.join(_SPACES)} and not of {space.name}; choose a benchmark of one of these"
        )
    return _SPACES[space.name]()


def elastic_network(task: Task, seed: int, edge: MakeEdge, method: str) -> SharedNetwork:
    """The network of a task whose space is elastic, its weights drawn by the seed; `edge` makes the edges of cells."""
    return cell_network(task, seed, edge if task.space.name == "nb201" else MixedEdge, method)


def _cells() -> Elastic:
    """Kernels shrink from 3x3 to 1x1; then depth does: an edge may be a skip, a pooling, or nothing."""
    edges = 6
    phases = (
        Phase("full", [(CONV3,)] * edges, 1),
        Phase("kernel", [(CONV1, CONV3)] * edges, 1),
        Phase("depth", [range(5)] * edges, 2),
    )
    return Elastic((CONV3,) * edges, (SKIP,) * edges, phases, _cell_flops, lambda arch: bool(live_edges(arch)))


def _blocks() -> Elastic:
    """Kernels, depth and widths shrink, the latter two by one option at a time."""
    depths, kernels, widths = len(DEPTHS), len(KERNELS), len(EXPANSIONS)
    phases = [
        Phase("full", _least(depths - 1, kernels - 1, widths - 1), 1),
        Phase("kernel", _least(depths - 1, 0, widths - 1), 1),
        *(Phase("depth", _least(least, 0, widths - 1), 2) for least in reversed(range(depths - 1))),
        *(Phase("expand", _least(0, 0, least), 4) for least in reversed(range(widths - 1))),
    ]
    largest, smallest = (tuple(options[0] for options in _least(*ends)) for ends in _ENDS)
    skeleton = skeleton_of((3, 32, 10), 16)
    return Elastic(largest, smallest, phases, lambda arch: mobile.flops(arch, skeleton, 32), lambda arch: True)


_ENDS = ((len(DEPTHS) - 1, len(KERNELS) - 1, len(EXPANSIONS) - 1), (0, 0, 0))
"""The options of depth, kernel and expansion of the largest and the smallest network."""


def _least(depth: int, kernel: int, width: int) -> Allowed:
    """Of the space `mobile`, the options from these upwards."""
    block = (range(kernel, len(KERNELS)), range(width, len(EXPANSIONS)))
    return (range(depth, len(DEPTHS)), *block * max(DEPTHS)) * UNITS


def _cell_flops(arch: Arch) -> float:
    return nb201.flops(arch, classes=10)


_SPACES: Mapping[str, Callable[[], Elastic]] = {"nb201": _cells, "mobile": _blocks}
