"""The NAS-Bench-101 cell: a graph of up to seven vertices and nine edges (Ying et al., ICML 2019, section 2)."""

from collections.abc import Sequence

from harness.errors import BadValue
from harness.space import Arch, Catalogue, SearchSpace
from harness.spaces._nb101_cell import (
    OPERATIONS,
    VERTICES,
    Cell,
    arch_of,
    cell_of,
    hash_cell,
    padded,
    pruned,
    read_cell,
    write_cell,
)
from harness.spaces._nb101_classes import RULE, SIZE, Archs, Index, indices

__all__ = ["OPERATIONS", "RULE", "Cell", "Nb101", "indices", "module_hash", "read_cell"]

_EDGES = VERTICES * (VERTICES - 1) // 2


class Nb101(SearchSpace):
    """423,624 cells, one for each class of isomorphic ones; every other cell has the index of its class.

    An architecture is the upper half of the adjacency matrix of seven vertices, the edge x -> y at x + y(y-1)/2, and
    the operations of the five inner vertices, numbered as in `OPERATIONS`. The order is ours: by vertices, edges (as a
    number in base 2, the first decision the least digit) and operations (base 3, the first vertex the greatest digit).
    """

    name = "nb101"
    choices = (2,) * _EDGES + (len(OPERATIONS),) * (VERTICES - 2)

    @property
    def size(self) -> int:
        """The number of classes of isomorphic cells."""
        return SIZE

    def admits(self, arch: Sequence[int]) -> bool:
        """Whether the output is reached from the input, and pruning leaves nine edges at most."""
        return pruned(cell_of(arch)) is not None

    def encode(self, arch: Arch) -> str:
        """Write the pruned cell as the official files do: adjacency matrix, row by row, a colon, and operations.

        For example `010001000:input,conv3x3-bn-relu,output`. A `BadValue` says that the arch is no cell.
        """
        return ":".join(write_cell(_pruned(arch)))

    def decode(self, text: str) -> Arch:
        """Read the form of `encode`, pruned or not; a `BadValue` says what is wrong with it.

        The output becomes vertex 6; vertices that are not there get no edges and operation 0.
        """
        adjacency, colon, operations = text.strip().partition(":")
        if not colon:
            raise BadValue(
                f"{text!r} is no cell of nb101: write adjacency matrix and operations as in "
                "010001000:input,conv3x3-bn-relu,output"
            )
        arch = arch_of(padded(read_cell(adjacency, operations)))
        if not self.admits(arch):
            raise BadValue(f"{text!r} is no cell of nb101: {RULE}")
        return arch

    def canonical(self, arch: Arch) -> Arch:
        """Return the least of all pruned cells isomorphic to this one: by edges as a number, then by operations.

        Of seven vertices, the unused ones are the last before the output; they have no edges and operation 0.
        """
        return self.all()[self.index(arch)]

    def catalogue(self) -> Catalogue:
        """The canonical cells in order; the index knows every cell of the space."""
        return Catalogue(Archs(), Index())


def module_hash(arch: Arch) -> str:
    """The hash by which the official files name the cell: 32 hexadecimal digits, the same for isomorphic cells."""
    return hash_cell(_pruned(arch))


def _pruned(arch: Arch) -> Cell:
    cell = pruned(cell_of(arch))
    if cell is None:
        raise BadValue(f"{arch!r} is no cell of nb101: {RULE}")
    return cell
