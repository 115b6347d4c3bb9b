"""The NAS-Bench-201 cell: four nodes, six edges, five operations (Dong & Yang, ICLR 2020, section 2)."""

import re
from functools import cache
from typing import NamedTuple

from harness.errors import BadValue
from harness.space import Arch, ProductSpace

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
NONE, SKIP, CONV1, CONV3, POOL = range(5)

EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""Source and target node of each decision, in the order of the official string."""

_OPERATION = r"(\w+)"
_PATTERN = re.compile(
    rf"\|{_OPERATION}~0\|\+\|{_OPERATION}~0\|{_OPERATION}~1\|\+\|{_OPERATION}~0\|{_OPERATION}~1\|{_OPERATION}~2\|"
)


class Edge(NamedTuple):
    """An operation between two nodes of a cell."""

    source: int
    target: int
    operation: int


class Nb201(ProductSpace):
    """15,625 cells, in the official order of NAS-Bench-201 and NATS-Bench-TSS, of 6,466 classes."""

    name = "nb201"
    choices = (5,) * 6
    shuffle_seed = 88

    def encode(self, arch: Arch) -> str:
        """Write the cell as `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`."""
        nodes = (
            "".join(f"|{OPERATIONS[arch[e]]}~{i}" for e, (i, j) in enumerate(EDGES) if j == node) for node in (1, 2, 3)
        )
        return "|+".join(nodes) + "|"

    def decode(self, text: str) -> Arch:
        """Read the official string; a `BadValue` names the operation or the form that is wrong."""
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            raise BadValue(
                f"{text!r} is no cell of nb201: write it as |op~0|+|op~0|op~1|+|op~0|op~1|op~2| with the operations "
                + ", ".join(OPERATIONS)
            )
        for operation in match.groups():
            if operation not in OPERATIONS:
                raise BadValue(f"{operation!r} is no operation of nb201; it has {', '.join(OPERATIONS)}")
        return tuple(OPERATIONS.index(operation) for operation in match.groups())

    def canonical(self, arch: Arch) -> Arch:
        """Return the cell of lowest official index whose expression equals this cell's; 6,466 cells represent all."""
        return self.all()[_representatives()[self.index(arch)]]


def live_edges(arch: Arch) -> list[Edge]:
    """The edges through which the cell's input reaches its output, in the order of the string."""
    edges = [Edge(i, j, o) for (i, j), o in zip(EDGES, arch, strict=True) if o != NONE]
    reached, used = {0}, {3}
    for edge in edges:
        if edge.source in reached:
            reached.add(edge.target)
    for edge in reversed(edges):
        if edge.target in used:
            used.add(edge.source)
    return [edge for edge in edges if edge.source in reached and edge.target in used]


def expression(arch: Arch) -> str:
    """What the cell computes, as the benchmark's authors write it: skips vanish, and what is zero is `#`.

    A node is the sorted sum of its incoming terms. The authors sort each node's terms as text and count a sum of
    zeros as no zero, so that a few cells of equal function differ; their 6,466 classes (paper, section 2.1) are these.
    """
    nodes = {0: "0"}
    for node in (1, 2, 3):
        terms = []
        for (source, target), operation in zip(EDGES, arch, strict=True):
            if target == node:
                terms.append(_term(nodes[source], operation))
        nodes[node] = "+".join(sorted(terms))
    return nodes[3]


def _term(source: str, operation: int) -> str:
    if operation == NONE or source == "#":
        return "#"
    return source if operation == SKIP else f"({source})@{OPERATIONS[operation]}"


@cache
def _representatives() -> tuple[int, ...]:
    """For each index, the lowest index with the same expression."""
    first: dict[str, int] = {}
    return tuple(first.setdefault(expression(arch), i) for i, arch in enumerate(Nb201().all()))
