"""Which rows a NAS-Bench-101 table has, and whether its cells are the ones that the official hashes name."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue
from harness.spaces.nb101 import Nb101, module_hash

CHECKED = 100
"""Of so many classes one is compared with its official hash."""


class Rows(NamedTuple):
    """`place` is the row of each thing found; `rows` maps space index to row, None where they are the same."""

    place: NDArray[np.int32]
    rows: NDArray[np.int32] | None
    classes: NDArray[np.int32]


def rows_of(index: NDArray[np.int32]) -> Rows:
    """One row for each class that occurs, in the order of the space."""
    size = Nb101().size
    classes = np.flatnonzero(np.bincount(index, minlength=size)).astype(np.int32)
    if len(classes) == size:
        return Rows(index, None, classes)
    rows = np.full(size, -1, dtype=np.int32)
    rows[classes] = np.arange(len(classes), dtype=np.int32)
    return Rows(rows[index], rows, classes)


def check_hashes(source: Path, classes: NDArray[np.int32], hashes: NDArray[np.uint64]) -> str:
    """Say what was checked: every class has a hash of its own, and each hundredth is that of the cell.

    `hashes` has the two halves of each class's hash, shape (classes, 2). A `BadValue` names a cell that is not its own.
    """
    if len(np.unique(hashes, axis=0)) < len(hashes):
        raise BadValue(f"{source}: two cells that differ have the same official hash: the file is damaged")
    space = Nb101()
    sample = range(0, len(classes), CHECKED)
    for row in sample:
        arch = space.all()[int(classes[row])]
        written, ours = hashes[row].tobytes().hex(), module_hash(arch)
        if written != ours:
            raise BadValue(
                f"{source}: {written} is not the hash of the cell that it stands for, {space.encode(arch)}: {ours}"
            )
    return (
        f"{len(classes):,} of {space.size:,} classes of cells, one official hash for each; {len(sample):,} hashes "
        "computed and equal"
    )
