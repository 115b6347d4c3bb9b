"""A cell's graph as one row, from which networks on graphs get it back (labelled nodes: Ying et al., ICML 2019)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, SearchSpace
from harness.encodings._graph import INPUT, OUTPUT, graph_of, vocabulary_of


class Layout(NamedTuple):
    """How the columns of a space are cut: `nodes` places for nodes, each with one of `labels` labels, then the edges.

    The first place is the input's and the last one the output's. Labels are the operations, then input and output.
    """

    nodes: int
    labels: int

    @property
    def columns(self) -> int:
        """One for each label of each place, and one for each pair of places."""
        return self.nodes * self.labels + self.nodes * (self.nodes - 1) // 2


class Graphs(NamedTuple):
    """The graphs of some architectures, padded to the same number of places.

    `adjacency`, shape (architectures, nodes, nodes), is 1 where an edge leads from the second axis to the third;
    `labels`, shape (architectures, nodes, labels), is all 0 in the places that no node is in.
    """

    adjacency: NDArray[np.float64]
    labels: NDArray[np.float64]


def graph(space: SearchSpace, archs: Sequence[Arch]) -> NDArray[np.float64]:
    """The labels of the nodes place by place, and the adjacency matrix above its diagonal, row by row.

    The graph is the one that paths are read from: pruned, its operations on nodes. Inner nodes come in their order,
    empty places before the output. 56 columns for nb101, 76 for nb201, 68 for transnas_micro; a `BadValue` on other
    spaces.
    """
    layout = layout_of(space)
    labels = np.zeros((len(archs), layout.nodes, layout.labels))
    adjacency = np.zeros((len(archs), layout.nodes, layout.nodes))
    number = {INPUT: layout.labels - 2, OUTPUT: layout.labels - 1}
    for row, arch in enumerate(archs):
        named, edges = graph_of(space, arch)
        places = [*range(len(named) - 1), layout.nodes - 1]
        for place, label in zip(places, named, strict=True):
            labels[row, place, number.get(label, label)] = 1
        for source, target in edges:
            adjacency[row, places[source], places[target]] = 1
    above = adjacency[:, *np.triu_indices(layout.nodes, 1)]
    return np.concatenate([labels.reshape(len(archs), layout.nodes * layout.labels), above], axis=1)


def layout_of(space: SearchSpace) -> Layout:
    """The places of the space's largest graph, and its labels; a `BadValue` where there are no graphs.

    Operations are held by the decisions with as many options as there are operations, or by all, with none beside.
    """
    operations = vocabulary_of(space).operations
    inner = sum(options == operations for options in space.choices) or len(space.choices)
    return Layout(inner + 2, operations + 2)


def unpack(rows: NDArray[np.float64], layout: Layout) -> Graphs:
    """The graphs that the rows of `graph` stand for."""
    labels, above = np.split(rows, [layout.nodes * layout.labels], axis=1)
    adjacency = np.zeros((len(rows), layout.nodes, layout.nodes))
    adjacency[:, *np.triu_indices(layout.nodes, 1)] = above
    return Graphs(adjacency, labels.reshape(len(rows), layout.nodes, layout.labels))
