"""The path encoding (White et al., BANANAS, AAAI 2021, section 4): which sequences of operations lead to the output."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, SearchSpace
from harness.encodings._graph import Graph, graph_of, vocabulary_of

LONGEST = 3
"""Paths of more operations are left out, as the paper truncates those of nb101; those of nb201 have no more."""


def path(space: SearchSpace, archs: Sequence[Arch]) -> NDArray[np.float64]:
    """A column per sequence of operations, 1 where a path from input to output has them in this order.

    Shorter sequences first, then in the order of a number in base `operations`: 40 columns for nb101, 84 for nb201,
    where `none` breaks a path, and 39 for transnas_micro. A `BadValue` on other spaces.
    """
    operations, shortest = vocabulary_of(space)
    starts, columns = {}, 0
    for length in range(shortest, LONGEST + 1):
        starts[length] = columns
        columns += operations**length
    rows = np.zeros((len(archs), columns))
    for row, arch in zip(rows, archs, strict=True):
        for word in words(graph_of(space, arch)):
            if len(word) <= LONGEST:
                row[starts[len(word)] + _number(word, operations)] = 1
    return rows


def words(graph: Graph) -> Iterator[tuple[int, ...]]:
    """The operations along each path from the first node to the last."""
    last = len(graph.labels) - 1
    follows: list[list[int]] = [[] for _ in graph.labels]
    for source, target in graph.edges:
        follows[source].append(target)
    walks: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    while walks:
        node, word = walks.pop()
        for target in follows[node]:
            if target == last:
                yield word
            else:
                walks.append((target, (*word, graph.labels[target])))


def _number(word: tuple[int, ...], base: int) -> int:
    number = 0
    for digit in word:
        number = number * base + digit
    return number
