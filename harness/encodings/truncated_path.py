"""The truncated path encoding (White et al., BANANAS, AAAI 2021, section 4): the paths that random cells often have."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, SearchSpace
from harness.encodings._graph import vocabulary_of
from harness.encodings.path import path

LONGEST = 2
"""Paths of more operations are cut; `path` cuts those of more than three, as the paper does on nb101."""


def truncated_path(space: SearchSpace, archs: Sequence[Arch]) -> NDArray[np.float64]:
    """The first columns of `path`, those of at most two operations: 13 for nb101, 20 for nb201, 12 for transnas_micro.

    The longer a path, the less likely a random cell has it, so that the longest are cut first. On nb201 they are the
    64 paths over three edges, each of which is in less than one cell of 100. A `BadValue` on spaces without graphs.
    """
    operations, shortest = vocabulary_of(space)
    columns = sum(operations**length for length in range(shortest, LONGEST + 1))
    return path(space, archs)[:, :columns]
