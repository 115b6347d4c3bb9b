"""The cells of DARTS: a normal and a reduction cell of four nodes (Liu, Simonyan & Yang, ICLR 2019, sections 2.1, 3.1).

A node sums two operations on two different outputs of what came before: the outputs of the last two cells, 0 and 1, or
those of earlier nodes, 2 to 5. The cell's output is the concatenation of its nodes.
"""

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from harness.errors import BadValue
from harness.space import Arch, Catalogue, SearchSpace
from harness.spaces._lazy import digits_of, lazy_catalogue, number_of

OPERATIONS = (
    "max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5",
)  # fmt: skip
MAX, AVG, SKIP, SEP3, SEP5, DIL3, DIL5 = range(7)

INPUTS, NODES = 2, 4
TARGETS = tuple(range(INPUTS, INPUTS + NODES))
"""The numbers of the nodes."""

EDGES = tuple((source, target) for target in TARGETS for source in range(target))
"""Source and target of the 14 edges of a cell that has them all, in the order of the official code."""

PAIRS = {target: tuple(itertools.combinations(range(target), 2)) for target in TARGETS}
"""The pairs of sources that a node may have: 1, 3, 6, 10."""

_CELL = (7, 7, 3, 7, 7, 6, 7, 7, 10, 7, 7)
"""Options of a cell's decisions: the pair of each node but the first, and the operation on each of the two sources."""

_EDGE = re.compile(r"\(\s*(['\"])(\w+)\1\s*,\s*([0-9]+)\s*\)")
_LIST, _CONCAT = r"\[([^\]]*)\]", r"(\[[0-9,\s]*\]|range\([0-9,\s]*\))"
_PATTERN = re.compile(
    rf"Genotype\(\s*normal\s*=\s*{_LIST}\s*,\s*normal_concat\s*=\s*{_CONCAT}\s*,"
    rf"\s*reduce\s*=\s*{_LIST}\s*,\s*reduce_concat\s*=\s*{_CONCAT}\s*,?\s*\)"
)
_FORM = (
    "Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=[2, 3, 4, 5], "
    "reduce=[...], reduce_concat=[2, 3, 4, 5]) with eight (operation, input) in each list"
)


class Edge(NamedTuple):
    """An operation between an input or node of a cell and a later node."""

    source: int
    target: int
    operation: int


Cell = tuple[Edge, ...]
"""Eight edges: two for each node in the order of nodes, the one from the lower source first."""


class Darts(SearchSpace):
    """1,037,664,180 normal cells times as many reduction cells: 1.08e18 architectures, in lexicographic order.

    None of them is kept in memory: the architecture of an index, and the index of an architecture, are computed.
    """

    name = "darts"
    choices = _CELL * 2

    @property
    def size(self) -> int:
        """The product of its choices, cells that differ only in the order of their nodes included."""
        return math.prod(self.choices)

    def admits(self, arch: Sequence[int]) -> bool:
        """Any options go together."""
        return True

    def catalogue(self) -> Catalogue:
        """The product of all options, the last decision changing fastest."""
        return lazy_catalogue(self.size, partial(digits_of, self.choices), partial(number_of, self.choices))

    def encode(self, arch: Arch) -> str:
        """Write it as the official code prints a genotype, each node's lower input first."""
        normal, reduce = (str([(OPERATIONS[edge.operation], edge.source) for edge in cell]) for cell in cells_of(arch))
        concat = list(TARGETS)
        return f"Genotype(normal={normal}, normal_concat={concat}, reduce={reduce}, reduce_concat={concat})"

    def decode(self, text: str) -> Arch:
        """Read a genotype, a node's two inputs in any order; a `BadValue` says what is wrong with it."""
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            raise BadValue(f"{text!r} is no genotype of darts: write it as {_FORM}")
        normal, normal_concat, reduce, reduce_concat = match.groups()
        _check_concat("normal_concat", normal_concat)
        _check_concat("reduce_concat", reduce_concat)
        return arch_of(_read("normal", normal), _read("reduce", reduce))

    def canonical(self, arch: Arch) -> Arch:
        """Return the lexicographically first of the cells that differ in the order of their nodes only.

        That is exact isomorphism. Cells that compute the same because sums of skips can be grouped in several ways are
        not merged.
        """
        half = len(_CELL)
        return _least(arch[:half]) + _least(arch[half:])


def cells_of(arch: Arch) -> tuple[Cell, Cell]:
    """The normal and the reduction cell."""
    half = len(_CELL)
    return _cell(arch[:half]), _cell(arch[half:])


def arch_of(normal: Iterable[Edge], reduce: Iterable[Edge]) -> Arch:
    """The architecture of two cells, each with two edges from different sources to each node, in any order."""
    return _options(normal) + _options(reduce)


def _cell(options: Sequence[int]) -> Cell:
    edges = []
    for node, target in enumerate(TARGETS):
        pair = options[3 * node - 1] if node else 0
        edges += [Edge(PAIRS[target][pair][k], target, options[3 * node + k]) for k in range(2)]
    return tuple(edges)


def _options(edges: Iterable[Edge]) -> Arch:
    options: list[int] = []
    for target in TARGETS:
        (a, _, first), (b, _, second) = sorted(edge for edge in edges if edge.target == target)
        options += [PAIRS[target].index((a, b)), first, second]
    return tuple(options[1:])  # the first node has but one pair


@lru_cache(maxsize=1 << 14)
def _least(options: Arch) -> Arch:
    """The least options of all orders of the nodes, found node by node: of those that could come next, the least.

    Which are equally little are all followed up.
    """
    cell = _cell(options)
    nodes = {one.target: (one, other) for one, other in zip(cell[::2], cell[1::2], strict=True)}
    found: Arch = ()
    ways = [{source: source for source in range(INPUTS)}]
    for target in TARGETS:
        steps = [
            (_step(nodes[node], way, target), {**way, node: target}) for way in ways for node in _ready(nodes, way)
        ]
        least = min(step for step, _ in steps)
        ways = [way for step, way in steps if step == least]
        found += least
    return found[1:]


def _ready(nodes: Mapping[int, tuple[Edge, Edge]], way: Mapping[int, int]) -> list[int]:
    """The nodes that have no number yet and whose sources have one."""
    return [node for node, (a, b) in nodes.items() if node not in way and a.source in way and b.source in way]


def _step(into: tuple[Edge, Edge], way: Mapping[int, int], target: int) -> tuple[int, int, int]:
    """The options of a node whose sources are numbered so."""
    (a, first), (b, second) = sorted((way[edge.source], edge.operation) for edge in into)
    return PAIRS[target].index((a, b)), first, second


def _read(name: str, text: str) -> Cell:
    """The edges of a list of a genotype, each in parentheses and commas between them."""
    items = re.split(r",\s*(?=\()", text.strip().removesuffix(","))
    if len(items) != INPUTS * NODES:
        raise BadValue(f"{name} has {len(items)} operations: a cell of darts has {INPUTS * NODES}, two for each node")
    edges = [_read_edge(name, item, INPUTS + k // 2) for k, item in enumerate(items)]
    for one, other in zip(edges[::2], edges[1::2], strict=True):
        if one.source == other.source:
            raise BadValue(f"node {one.target} in {name} has the input {one.source} twice: give two different ones")
    return tuple(edges)


def _read_edge(name: str, text: str, target: int) -> Edge:
    match = _EDGE.fullmatch(text.strip())
    if match is None:
        raise BadValue(f"{text!r} in {name} is no operation with its input: write it as ('sep_conv_3x3', 0)")
    _, operation, source = match.groups()
    if operation not in OPERATIONS:
        raise BadValue(f"{operation!r} in {name} is no operation of darts; it has {', '.join(OPERATIONS)}")
    if source not in map(str, range(target)):
        raise BadValue(f"node {target} in {name} has the input {source}: give 0 to {target - 1}")
    return Edge(int(source), target, OPERATIONS.index(operation))


def _check_concat(name: str, text: str) -> None:
    numbers = re.findall("[0-9]+", text)
    if numbers != (["2", "6"] if text.startswith("range") else ["2", "3", "4", "5"]):
        raise BadValue(f"{name}={text}: the output of a cell of darts is that of all four nodes, [2, 3, 4, 5]")
