"""Cells as graphs whose nodes are operations: what paths and Weisfeiler-Lehman labels are read from."""

from collections.abc import Callable
from typing import NamedTuple

from harness.core import Arch, SearchSpace
from harness.errors import BadValue
from harness.spaces import nb101, nb201, transnas_micro
from harness.spaces._nb101_cell import cell_of, has_edge, labels, pruned

INPUT, OUTPUT = -1, -2
"""The labels of the first and of the last node; operations are numbered from 0."""


class Graph(NamedTuple):
    """A label for each node and the edges between nodes, by number; each edge leads from a lower to a higher number."""

    labels: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]


class Vocabulary(NamedTuple):
    """How many operations the graphs of a space have, and how few of them a path may hold."""

    operations: int
    shortest: int


def graph_of(space: SearchSpace, arch: Arch) -> Graph:
    """The cell as a graph, without what lies on no path from input to output.

    Where a cell has its operations on edges, each of them becomes a node, and two are joined where one edge ends and
    the other begins.
    """
    return _view(space)[1](arch)


def vocabulary_of(space: SearchSpace) -> Vocabulary:
    """The operations of the space's graphs; a `BadValue` where there are none."""
    return _view(space)[0]


def has_graphs(space: SearchSpace) -> bool:
    """Whether the architectures of the space are known as graphs."""
    return space.name in _VIEWS


def _view(space: SearchSpace) -> tuple[Vocabulary, Callable[[Arch], Graph]]:
    if space.name not in _VIEWS:
        raise BadValue(
            f"the architectures of {space.name} are not known as graphs, those of {', '.join(_VIEWS)} are: "
            "use the encoding 'one_hot' or 'categorical'"
        )
    return _VIEWS[space.name]


def _nb101(arch: Arch) -> Graph:
    cell = pruned(cell_of(arch))
    if cell is None:
        raise BadValue(f"{arch!r} is no cell of nb101: {nb101.RULE}")
    nodes = range(cell.vertices)
    edges = tuple((x, y) for y in nodes for x in range(y) if has_edge(cell, x, y))
    return Graph((INPUT, *labels(cell), OUTPUT), edges)


def _four_nodes(arch: Arch) -> Graph:
    """The cell of nb201 and of transnas_micro, where operation 0 is none."""
    live = nb201.live_edges(arch)
    ends = [(-1, 0), *((edge.source, edge.target) for edge in live), (3, -1)]
    nodes = range(len(ends))
    edges = tuple((a, b) for b in nodes for a in range(b) if ends[a][1] == ends[b][0])
    return Graph((INPUT, *(edge.operation - 1 for edge in live), OUTPUT), edges)


_VIEWS: dict[str, tuple[Vocabulary, Callable[[Arch], Graph]]] = {
    "nb101": (Vocabulary(len(nb101.OPERATIONS), 0), _nb101),
    "nb201": (Vocabulary(len(nb201.OPERATIONS) - 1, 1), _four_nodes),
    "transnas_micro": (Vocabulary(len(transnas_micro.OPERATIONS) - 1, 1), _four_nodes),
}
