"""The cells of TransNAS-Bench-101: four nodes, six edges, four operations (Duan et al., CVPR 2021, section 3.1)."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from harness.errors import BadValue
from harness.space import Arch, ProductSpace

OPERATIONS = ("none", "skip_connect", "conv_1x1", "conv_3x3")
NONE, SKIP, CONV1, CONV3 = range(4)

EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""Source and target node of each decision, in the order of the official string."""

_PATTERN = re.compile(r"64-41414-([0-3])_([0-3])([0-3])_([0-3])([0-3])([0-3])")


class TransnasMicro(ProductSpace):
    """4,096 cells in the order of their strings, of 1,484 classes; the official file has no other order."""

    name = "transnas_micro"
    choices = (4,) * 6

    def encode(self, arch: Arch) -> str:
        """Write the network as `64-41414-a_bc_def`: channels at first, skeleton, the operations of each node."""
        a, b, c, d, e, f = arch
        return f"64-41414-{a}_{b}{c}_{d}{e}{f}"

    def decode(self, text: str) -> Arch:
        """Read the official string; a `BadValue` says what is wrong with it."""
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            operations = ", ".join(f"{digit} {operation}" for digit, operation in enumerate(OPERATIONS))
            raise BadValue(
                f"{text!r} is no cell of transnas_micro: write it as 64-41414-a_bc_def with the digits {operations}, "
                "for example 64-41414-1_02_333"
            )
        return tuple(map(int, match.groups()))

    def canonical(self, arch: Arch) -> Arch:
        """Return the first cell that computes the same function, as `function` writes it."""
        return self.all()[_representatives()[self.index(arch)]]


class Block(NamedTuple):
    """An edge with weights of its own, and the blocks whose outputs are summed to its input; None: the cell's input."""

    operation: int
    inputs: tuple[int, ...] | None


def function(arch: Arch) -> tuple[object, ...]:
    """What the cell computes, the same for two cells if and only if their blocks can be matched one to one.

    Three of the ten cells of a network halve the resolution, where a skip that leaves the cell's input has weights of
    its own; other skips vanish, as does what reaches no output. A convolution of nothing gives the shift of its batch
    norm, whatever its kernel. Unlike the expressions that nb201 is counted by, a block that is used twice differs from
    two blocks that are alike.
    """
    blocks, output = _blocks(arch)
    live = _reached(blocks, output)
    names = {block: _name(blocks, block) for block in live}
    return min((sorted(names.values()), *_written(blocks, labels, output)) for labels in _labellings(names))


def _blocks(arch: Arch) -> tuple[dict[int, Block], tuple[int, ...]]:
    """The blocks by edge, and those whose outputs are summed to the cell's output, each as often as it is used."""
    blocks: dict[int, Block] = {}
    sums: list[list[int]] = [[], [], [], []]
    for edge, ((source, target), operation) in enumerate(zip(EDGES, arch, strict=True)):
        if operation == SKIP and source:
            sums[target] += sums[source]
        elif operation != NONE:
            inputs = tuple(sums[source]) if source else None
            blocks[edge] = Block(CONV1 if inputs == () else operation, inputs)
            sums[target].append(edge)
    return blocks, tuple(sums[3])


def _reached(blocks: Mapping[int, Block], output: Iterable[int]) -> set[int]:
    """The blocks that the output depends on."""
    found: set[int] = set()
    for block in output:
        found |= {block, *_reached(blocks, blocks[block].inputs or ())}
    return found


def _name(blocks: Mapping[int, Block], block: int) -> str:
    """The block as an expression, blind to which of its parts are shared."""
    operation, inputs = blocks[block]
    return f"{operation}({'input' if inputs is None else '+'.join(sorted(_name(blocks, i) for i in inputs))})"


def _labellings(names: Mapping[int, str]) -> Iterator[dict[int, int]]:
    """All ways to number the blocks that keep their names in order."""
    groups = [[block for block in names if names[block] == name] for name in sorted(set(names.values()))]
    for orders in itertools.product(*map(itertools.permutations, groups)):
        yield {block: label for label, block in enumerate(itertools.chain(*orders))}


def _written(
    blocks: Mapping[int, Block], labels: Mapping[int, int], output: Iterable[int]
) -> tuple[list[list[int]], list[int]]:
    """The inputs of each block in the order of labels, and those of the output."""
    inputs = [sorted(labels[i] for i in blocks[block].inputs or ()) for block in sorted(labels, key=labels.__getitem__)]
    return inputs, sorted(labels[i] for i in output)


@cache
def _representatives() -> tuple[int, ...]:
    """For each index, the lowest index with the same function."""
    first: dict[str, int] = {}
    return tuple(first.setdefault(repr(function(arch)), i) for i, arch in enumerate(TransnasMicro().all()))
