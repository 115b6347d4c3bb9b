"""The 423,624 isomorphism classes of NAS-Bench-101 in a fixed order, and look-ups in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from harness.space import Arch
from harness.spaces._nb101_cell import OFFSET, VERTICES, Cell, arch_of, cell_of, padded, pruned
from harness.spaces._nb101_graphs import Graphs, enumerate_graphs

SIZE = 423_624

_REMEMBERED = 1 << 15
"""How many architectures' indices are kept at hand, at about 500 bytes each."""


class Classes(NamedTuple):
    """For each number of vertices the graphs, and the index of the cell of each graph and operations.

    The classes are ordered by vertices, edges and operations of their least cell; `codes` holds it (see `padded`).
    """

    graphs: dict[int, Graphs]
    numbers: dict[int, NDArray[np.int32]]
    codes: NDArray[np.int32]


@cache
def classes() -> Classes:
    """Enumerate them: about a twentieth of a second, once in a process."""
    graphs = {vertices: enumerate_graphs(vertices) for vertices in range(2, VERTICES + 1)}
    numbers, codes, total = {}, [], 0
    for vertices, found in graphs.items():
        least = found.labeling == np.arange(found.labeling.shape[1])
        number = np.cumsum(least.ravel(), dtype=np.int32).reshape(least.shape) - 1 + total
        numbers[vertices] = np.take_along_axis(number, found.labeling, axis=1)
        graph, operations = np.nonzero(least)
        bare = np.array([padded(Cell(vertices, edges, 0)) for edges in found.least.tolist()], dtype=np.int32)
        codes.append(bare[graph] + (operations * padded(Cell(vertices, 0, 1))).astype(np.int32))
        total += len(graph)
    return Classes(graphs, numbers, np.concatenate(codes))


def indices(vertices: NDArray[Any], edges: NDArray[Any], operations: NDArray[Any]) -> NDArray[np.int32]:
    """The index of each cell, given by the three numbers of `Cell` in integer arrays of one length; -1 for no cell."""
    vertices, edges, operations = (np.asarray(part, dtype=np.int64) for part in (vertices, edges, operations))
    found = np.full(len(vertices), -1, dtype=np.int32)
    inside = _in_range(vertices, edges, operations)
    for number in range(2, VERTICES + 1):
        rows = np.flatnonzero(inside & (vertices == number))
        found[rows] = _look_up(number, edges[rows], operations[rows])
    for row in np.flatnonzero(inside & (found < 0)).tolist():
        with suppress(KeyError):
            found[row] = index_of(Cell(int(vertices[row]), int(edges[row]), int(operations[row])))
    return found


RULE = "its output must be reached from its input, by nine edges at most after pruning"


def index_of(cell: Cell) -> int:
    """The index of the cell's class, pruned or not; a `KeyError` when it is none of the space."""
    kept = pruned(cell)
    if kept is None:
        raise KeyError(cell)
    vertices, edges, operations = kept
    number, renamed = _by_edges()[vertices, edges]
    return number(renamed(operations))


class Archs(Sequence[Arch]):
    """The least architecture of each class, made when it is asked for."""

    def __len__(self) -> int:
        return SIZE

    @overload
    def __getitem__(self, place: int) -> Arch: ...
    @overload
    def __getitem__(self, place: slice) -> list[Arch]: ...
    def __getitem__(self, place: int | slice) -> Arch | list[Arch]:
        code = classes().codes[place]
        return [arch_of(each) for each in code.tolist()] if isinstance(place, slice) else arch_of(int(code))

    def __iter__(self) -> Iterator[Arch]:
        return map(arch_of, map(int, classes().codes))


class Index(Mapping[Arch, int]):
    """The index of every architecture of the space; it goes through one architecture for each class."""

    def __len__(self) -> int:
        return SIZE

    def __iter__(self) -> Iterator[Arch]:
        return iter(Archs())

    def __getitem__(self, arch: Arch) -> int:
        return _index(arch)


@lru_cache(maxsize=_REMEMBERED)
def _index(arch: Arch) -> int:
    if len(arch) != 26 or not (min(arch) >= 0 and max(arch[:21]) <= 1 and max(arch[21:]) <= 2):
        raise KeyError(arch)
    return index_of(cell_of(arch))


@cache
def _by_edges() -> dict[tuple[int, int], tuple[Callable[[int], int], Callable[[int], int]]]:
    """By vertices and edges of every pruned cell: the index by operations renamed, and what renames them."""
    every, numbers, _ = classes()
    found = {}
    for vertices, graphs in every.items():
        number = [row.item for row in numbers[vertices]]
        renamed = [row.item for row in graphs.renamed]
        places = zip(graphs.edges.tolist(), graphs.graph.tolist(), graphs.order.tolist(), strict=True)
        found.update({(vertices, edges): (number[graph], renamed[order]) for edges, graph, order in places})
    return found


def _look_up(vertices: int, edges: NDArray[np.int64], operations: NDArray[np.int64]) -> NDArray[np.int32]:
    """The indices of cells of so many vertices; -1 for those that pruning would change or that have many edges."""
    every, numbers, _ = classes()
    graphs = every[vertices]
    place = np.minimum(np.searchsorted(graphs.edges, edges), len(graphs.edges) - 1)
    least = graphs.renamed[graphs.order[place], operations]
    return np.where(graphs.edges[place] == edges, numbers[vertices][graphs.graph[place], least], np.int32(-1))


def _in_range(
    vertices: NDArray[np.int64], edges: NDArray[np.int64], operations: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether there are two to seven vertices, and no bit or digit too many."""
    known = np.clip(vertices, 2, VERTICES)
    inside: NDArray[np.bool_] = (known == vertices) & (edges >= 0) & (operations >= 0)
    inside &= (edges < 1 << np.array(OFFSET)[known]) & (operations < 3 ** (known - 2))
    return inside
