"""The graphs of NAS-Bench-101 cells up to isomorphism, and their labelings up to automorphism."""

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.spaces._nb101_cell import EDGES, OFFSET

_REVERSED = np.int32(1 << 30)
"""Set in a permuted graph when an edge of it leads back: it is larger than any graph."""

_HALF = 11
"""A graph of up to 21 bits is permuted by two look-ups, of its lower 11 bits and of the rest."""


class Graphs(NamedTuple):
    """All graphs with this many vertices where each vertex lies on a path from input to output, of up to nine edges.

    `edges` is sorted. `graph` says which isomorphism class each belongs to, and `order` which renaming of the inner
    vertices makes it the least of its class, `least`. `renamed` holds the operations after each renaming, shape
    (renamings, 3^inner), and `labeling` the least operations that an automorphism of each least graph makes of them,
    shape (classes, 3^inner).
    """

    edges: NDArray[np.int32]
    graph: NDArray[np.int64]
    order: NDArray[np.uint8]
    least: NDArray[np.int32]
    renamed: NDArray[np.int64]
    labeling: NDArray[np.int64]


def enumerate_graphs(vertices: int) -> Graphs:
    """Enumerate by columns, and compare all graphs with all their renamings at once."""
    edges = _full_graphs(vertices)
    orders = [(0, *inner, vertices - 1) for inner in itertools.permutations(range(1, vertices - 1))]
    least, order = edges.copy(), np.zeros(len(edges), dtype=np.uint8)
    for number, places in enumerate(orders):
        image = _rename(edges, places)
        order[image < least] = number
        np.minimum(least, image, out=least)
    every, graph = np.unique(least, return_inverse=True)
    renamed = np.stack([_rename_operations(places) for places in orders])
    labeling = np.tile(np.arange(renamed.shape[1]), (len(every), 1))
    for number, places in enumerate(orders):
        same = _rename(every, places) == every
        labeling[same] = np.minimum(labeling[same], renamed[number])
    return Graphs(edges, graph, order, every, renamed, labeling)


def _full_graphs(vertices: int) -> NDArray[np.int32]:
    """Vertex after vertex gets one source or more; in the end each vertex but the output must be a source."""
    edges, counts, used = (np.zeros(1, dtype=np.int32) for _ in range(3))
    for y in range(1, vertices):
        sources = np.arange(1, 1 << y, dtype=np.int32)
        several = sum(sources >> x & 1 for x in range(y))
        counts = (counts[:, None] + several).ravel()
        edges = (edges[:, None] | sources << OFFSET[y]).ravel()
        used = (used[:, None] | sources).ravel()
        few = counts <= EDGES - (vertices - 1 - y)
        edges, counts, used = edges[few], counts[few], used[few]
    return np.sort(edges[used == (1 << vertices - 1) - 1])


def _rename(edges: NDArray[np.int32], places: tuple[int, ...]) -> NDArray[np.int32]:
    """The graphs with vertex x at places[x]."""
    images = []
    for y in range(1, len(places)):
        for x in range(y):
            u, v = places[x], places[y]
            images.append(np.int32(1 << OFFSET[v] + u) if u < v else _REVERSED)
    low, high = _unions(images[:_HALF]), _unions(images[_HALF:])
    renamed: NDArray[np.int32] = low[edges & (1 << _HALF) - 1] | high[edges >> _HALF]
    return renamed


def _unions(images: list[np.int32]) -> NDArray[np.int32]:
    """For each set of bits the union of their images."""
    unions = np.zeros(1, dtype=np.int32)
    for image in images:
        unions = np.concatenate((unions, unions | image))
    return unions


def _rename_operations(places: tuple[int, ...]) -> NDArray[np.int64]:
    """For all operations of the inner vertices, those after the renaming."""
    inner = len(places) - 2
    powers = 3 ** np.arange(inner - 1, -1, -1)
    digits = np.arange(3**inner)[:, None] // powers % 3
    renamed: NDArray[np.int64] = digits @ powers[np.array(places[1:-1], dtype=int) - 1]
    return renamed
