"""A NAS-Bench-101 cell in three numbers, its pruning and its official hash (Ying et al., ICML 2019, section 2)."""

import hashlib
from collections.abc import Sequence
from functools import cache, lru_cache
from operator import index, mul
from typing import NamedTuple

from harness.errors import BadValue
from harness.space import Arch

VERTICES, EDGES = 7, 9
"""The most vertices and edges of a pruned cell."""

OPERATIONS = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")
INPUT, OUTPUT = "input", "output"

OFFSET = tuple(y * (y - 1) // 2 for y in range(VERTICES + 1))
"""The edge x -> y is bit OFFSET[y] + x, so that the sources of y stand side by side; OFFSET[v] bits for v vertices."""

_BITS = OFFSET[VERTICES]
_WEIGHTS = (*(1 << bit for bit in range(_BITS)), *(3**power << _BITS for power in range(VERTICES - 3, -1, -1)))
_SEVEN_BITS = tuple(tuple(number >> bit & 1 for bit in range(7)) for number in range(128))
_FIVE_DIGITS = tuple(tuple(number // 3**power % 3 for power in range(4, -1, -1)) for number in range(3**5))


class Cell(NamedTuple):
    """Vertex 0 is the input and the last one the output.

    `edges` holds a bit for each edge; `operations` one digit in base 3 for each vertex between, the first one the most
    significant.
    """

    vertices: int
    edges: int
    operations: int


def cell_of(arch: Sequence[int]) -> Cell:
    """The seven vertices of an architecture, unpruned."""
    code = index(sum(map(mul, arch, _WEIGHTS)))
    return Cell(VERTICES, code & (1 << _BITS) - 1, code >> _BITS)


def padded(cell: Cell) -> int:
    """The cell with seven vertices in one number: 21 bits of edges and, above them, the operations.

    The vertices keep their places and the output becomes vertex 6; those between have no edges and operation 0.
    """
    last = cell.vertices - 1
    edges = cell.edges & (1 << OFFSET[last]) - 1 | cell.edges >> OFFSET[last] << OFFSET[VERTICES - 1]
    operations: int = cell.operations * 3 ** (VERTICES - cell.vertices)
    return edges | operations << _BITS


def arch_of(code: int) -> Arch:
    """The architecture in one number (see `padded`) as a tuple."""
    bits = _SEVEN_BITS
    return bits[code & 127] + bits[code >> 7 & 127] + bits[code >> 14 & 127] + _FIVE_DIGITS[code >> _BITS]


def pruned(cell: Cell) -> Cell | None:
    """The cell without the vertices that lie on no path from input to output.

    None when there is no such path, or more than nine edges are left: then it is no cell of the space.
    """
    vertices, edges, operations = cell
    sources = [edges >> OFFSET[y] & (1 << y) - 1 for y in range(vertices)]
    reached, used = 1, 1 << vertices - 1
    for y in range(1, vertices):
        if sources[y] & reached:
            reached |= 1 << y
    if not reached & used:
        return None
    for y in range(vertices - 1, 0, -1):
        if used >> y & 1:
            used |= sources[y]
    count, among, moves, digits = _kept(vertices, reached & used)
    if (edges & among).bit_count() > EDGES:
        return None
    if count == vertices:
        return cell
    kept = sum([(edges >> old & 1) << new for old, new in moves])
    return Cell(count, kept, sum([operations // old % 3 * new for old, new in digits]))


def labels(cell: Cell) -> list[int]:
    """The operation of each vertex between input and output."""
    return [cell.operations // 3**power % 3 for power in range(cell.vertices - 3, -1, -1)]


def has_edge(cell: Cell, x: int, y: int) -> bool:
    """Whether there is an edge x -> y."""
    return x < y and bool(cell.edges >> OFFSET[y] + x & 1)


def write_cell(cell: Cell) -> tuple[str, str]:
    """The cell as the official files write it: adjacency matrix row by row, and operations joined by commas."""
    every = range(cell.vertices)
    adjacency = "".join("1" if has_edge(cell, x, y) else "0" for x in every for y in every)
    return adjacency, ",".join((INPUT, *(OPERATIONS[label] for label in labels(cell)), OUTPUT))


def read_cell(adjacency: str, operations: str) -> Cell:
    """Read what `write_cell` writes, unpruned; a `BadValue` says what is wrong with it."""
    vertices, digits = _read_operations(operations)
    return Cell(vertices, _read_edges(adjacency, vertices), digits)


def hash_cell(cell: Cell) -> str:
    """The official hash of a pruned cell: MD5 of each vertex, of it among its neighbours in rounds, then of all."""
    every = range(cell.vertices)
    into = [[x for x in every if has_edge(cell, x, y)] for y in every]
    out = [[y for y in every if has_edge(cell, x, y)] for x in every]
    named = [-1, *labels(cell), -2]
    hashes = [_md5(str((len(out[v]), len(into[v]), named[v]))) for v in every]
    for _ in every:
        sides = [["".join(sorted(hashes[n] for n in near[v])) for near in (into, out)] for v in every]
        hashes = [_md5("|".join((*side, own))) for side, own in zip(sides, hashes, strict=True)]
    return _md5(str(sorted(hashes)))


class _Kept(NamedTuple):
    """How to keep some vertices: their number, the edges among them, and where each edge and operation goes."""

    vertices: int
    edges: int
    bits: list[tuple[int, int]]
    digits: list[tuple[int, int]]


@cache
def _kept(vertices: int, live: int) -> _Kept:
    """Keep the vertices whose bits are set in `live`."""
    kept = [y for y in range(vertices) if live >> y & 1]
    bits = [(OFFSET[kept[y]] + kept[x], OFFSET[y] + x) for y in range(len(kept)) for x in range(y)]
    digits = [(3 ** (vertices - 2 - old), 3 ** (len(kept) - 2 - new)) for new, old in enumerate(kept[1:-1], 1)]
    return _Kept(len(kept), sum(1 << old for old, _ in bits), bits, digits)


@lru_cache(maxsize=1 << 10)
def _read_operations(text: str) -> tuple[int, int]:
    """The number of vertices, and a digit for each operation."""
    names = text.split(",")
    if not 2 <= len(names) <= VERTICES:
        raise BadValue(f"{len(names)} operations: a cell has 2 to {VERTICES}, {INPUT} and {OUTPUT} among them")
    if (names[0], names[-1]) != (INPUT, OUTPUT):
        raise BadValue(f"the operations begin with {names[0]!r} and end with {names[-1]!r}, not {INPUT} and {OUTPUT}")
    for name in names[1:-1]:
        if name not in OPERATIONS:
            raise BadValue(f"{name!r} is no operation of nb101; it has {', '.join(OPERATIONS)}")
    return len(names), int("".join(str(OPERATIONS.index(name)) for name in names[1:-1]) or "0", 3)


@lru_cache(maxsize=1 << 13)
def _read_edges(adjacency: str, vertices: int) -> int:
    if len(adjacency) != vertices**2 or not set(adjacency) <= {"0", "1"}:
        raise BadValue(f"{adjacency!r} is no adjacency matrix: {vertices} operations need {vertices**2} digits 0 or 1")
    edges = 0
    for place, digit in enumerate(adjacency):
        x, y = divmod(place, vertices)
        if digit == "1":
            if x >= y:
                raise BadValue(f"the edge {x} -> {y} leads back: edges go from a vertex to a later one")
            edges |= 1 << OFFSET[y] + x
    return edges


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
