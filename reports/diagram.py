"""An architecture as a picture: nodes on a line in the order of computing, joined by straight edges and by arcs.

An arc is a parabola, and its height grows faster than its span, so that of two arcs on one side the longer one runs
around the other, and only arcs of which each begins inside the other's span cross. Such two are kept on different
sides wherever that is possible for all of them.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

from harness.core import Arch
from harness.errors import BadValue
from harness.spaces import nats_sss, nb201, nb_macro, transnas_macro, transnas_micro
from reports.spaces import space_named

WORDS = {
    "skip_connect": "skip", "nor_conv_1x1": "1x1 conv", "nor_conv_3x3": "3x3 conv", "avg_pool_3x3": "avg pool",
    "conv_1x1": "1x1 conv", "conv_3x3": "3x3 conv", "conv1x1-bn-relu": "1x1 conv", "conv3x3-bn-relu": "3x3 conv",
    "maxpool3x3": "max pool", "Identity": "identity", "MB3_K3": "MB3 K3", "MB6_K5": "MB6 K5",
}  # fmt: skip
"""The operations of the spaces' own notations in words that stand on a figure."""
MODULES = {
    transnas_macro.NORMAL: "same shape", transnas_macro.WIDER: "wider", transnas_macro.SMALLER: "smaller",
    transnas_macro.BOTH: "wider, smaller",
}  # fmt: skip
NONE = "none"
RISE, POWER = 0.25, 1.1
"""The height of an arc is RISE times its span to this power."""


class Node(NamedTuple):
    """A place of the picture; `label` is the operation where it stands on nodes, else the node's name."""

    x: float
    y: float
    label: str


class Edge(NamedTuple):
    """From one node to another, by number; `label` is empty where operations stand on nodes.

    `bend` is how high the middle of the arc stands above the straight line, in the units of x and y; 0 is straight.
    """

    source: int
    target: int
    label: str
    bend: float


class Diagram(NamedTuple):
    """Nodes from left to right, one unit apart, the edges between them, and the architecture in the field's notation.

    An edge whose operation is none is left out.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    text: str


Join = tuple[int, int, str]
"""Source, target and label of an edge that has no shape yet."""
Drawn = tuple[Sequence[str], Sequence[Join]]
"""The labels of nodes, and the edges between them."""


def diagram_of(space: str, index: int) -> Diagram | None:
    """The picture of the architecture with this official index; None for a space of which no picture is known.

    A `BadValue` says that the space has no such index.
    """
    known = space_named(space)
    if known is None or space not in PICTURES:
        return None
    if not 0 <= index < known.size:
        raise BadValue(f"{space} has no architecture {index}: its official indices go from 0 to {known.size - 1}")
    arch = known.all()[index]
    text = known.encode(arch)
    labels, joins = PICTURES[space](arch, text)
    nodes = tuple(Node(float(place), 0.0, label) for place, label in enumerate(labels))
    return Diagram(nodes, _bent(joins), text)


def _bent(joins: Sequence[Join]) -> tuple[Edge, ...]:
    """Give each edge its arc: neighbours are joined straight, others above or below; what is none leaves a gap."""
    sides = _sides(tuple((source, target) for source, target, _ in joins))
    return tuple(
        Edge(source, target, label, side * round(RISE * (target - source) ** POWER, 3))
        for (source, target, label), side in zip(joins, sides, strict=True)
        if label != NONE
    )


@cache
def _sides(spans: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    """1 for above, -1 for below, 0 for straight: the longest arc above, then each where it crosses the fewest.

    An arc that crosses one with a side comes before one that crosses none, so that no two cross if none need to.
    """
    left = sorted((span for span in spans if span[1] - span[0] > 1), key=lambda span: (span[0] - span[1], span))
    sides: dict[tuple[int, int], int] = {}
    while left:
        span = next((one for one in left if any(_cross(one, other) for other in sides)), left[0])
        left.remove(span)
        weights = [0, 0]
        for other, side in sides.items():
            weights[side < 0] += _cross(span, other)
        sides[span] = 1 if weights[0] <= weights[1] else -1
    return tuple(sides.get(span, 0) for span in spans)


def _cross(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two arcs would cross on the same side: one begins within the other, and ends beyond it."""
    (a, b), (c, d) = sorted((one, other))
    return a < c < b < d


def _on_edges(edges: Iterable[tuple[int, int]], operations: Sequence[str]) -> Callable[[Arch, str], Drawn]:
    """Four nodes, an operation on each edge: nb201 and transnas_micro. An edge has the same arc in all of them."""

    def drawn(arch: Arch, text: str) -> Drawn:
        named = [(ends, operations[option]) for ends, option in zip(edges, arch, strict=True)]
        return ("input", "1", "2", "output"), [(*ends, WORDS.get(name, name)) for ends, name in named]

    return drawn


def _on_nodes(arch: Arch, text: str) -> Drawn:
    """The pruned cell of nb101, as its notation tells: adjacency matrix and operations."""
    adjacency, operations = text.split(":")
    names = operations.split(",")
    edges = [divmod(place, len(names)) for place, digit in enumerate(adjacency) if digit == "1"]
    return [WORDS.get(name, name) for name in names], [(source, target, "") for source, target in edges]


def _blocks(arch: Arch, text: str) -> Drawn:
    """The blocks of mobile, as its notation tells: kernel and expansion of each."""
    labels = [block for unit in text.split("|") for block in unit.split(":")[1].split("-")]
    return labels, [(place, place + 1, "") for place in range(len(labels) - 1)]


def _chain(label: Callable[[int], str]) -> Callable[[Arch, str], Drawn]:
    """Layers one after the other; an option without a label is no layer."""

    def drawn(arch: Arch, text: str) -> Drawn:
        labels = [name for name in map(label, arch) if name]
        return labels, [(place, place + 1, "") for place in range(len(labels) - 1)]

    return drawn


PICTURES: dict[str, Callable[[Arch, str], Drawn]] = {
    "mobile": _blocks,
    "nb201": _on_edges(nb201.EDGES, nb201.OPERATIONS),
    "transnas_micro": _on_edges(transnas_micro.EDGES, transnas_micro.OPERATIONS),
    "nb101": _on_nodes,
    "nb_macro": _chain(lambda option: WORDS[nb_macro.BLOCKS[option]]),
    "transnas_macro": _chain(lambda option: MODULES.get(option, "")),
    "nats_sss": _chain(lambda option: f"{nats_sss.WIDTHS[option]} channels"),
}
"""The spaces whose architectures can be drawn.

Not darts: it has two cells with eight edges each, whose labels would hide each other.
"""
