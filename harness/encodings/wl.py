"""Weisfeiler-Lehman features (Shervashidze et al., JMLR 2011; for cells: Ru et al., NAS-BOWL, ICLR 2021, section 3)."""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, SearchSpace
from harness.encodings._graph import Graph, graph_of, vocabulary_of

COLUMNS = 1024
"""Labels are hashed into so many columns: nb201 has 102 of them after one iteration, nb101 some 150."""


def wl(space: SearchSpace, archs: Sequence[Arch], iterations: int = 1) -> NDArray[np.float64]:
    """How often each label occurs; the product of two rows is the kernel of the paper's equation for the pair.

    A node begins with its operation as label; in each iteration the label becomes one for itself and the labels of the
    nodes that lead to it. A `BadValue` on spaces whose architectures are not known as graphs.
    """
    vocabulary_of(space)
    rows = np.zeros((len(archs), COLUMNS))
    for row, arch in zip(rows, archs, strict=True):
        for label in refined(graph_of(space, arch), iterations):
            row[zlib.crc32(label.encode()) % COLUMNS] += 1
    return rows


def refined(graph: Graph, iterations: int) -> list[str]:
    """The labels of all nodes at first and after each iteration."""
    sources: list[list[int]] = [[] for _ in graph.labels]
    for source, target in graph.edges:
        sources[target].append(source)
    labels = [str(label) for label in graph.labels]
    every = list(labels)
    for _ in range(iterations):
        labels = [
            f"{own}({','.join(sorted(labels[s] for s in into))})" for own, into in zip(labels, sources, strict=True)
        ]
        every += labels
    return every
