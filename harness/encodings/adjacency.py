"""The adjacency matrix of a cell and its operations (White et al., NeurIPS 2020, one-hot adjacency encoding)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, SearchSpace
from harness.encodings._graph import vocabulary_of


def adjacency(space: SearchSpace, archs: Sequence[Arch]) -> NDArray[np.float64]:
    """A column per possible edge, 1 where it is there, and one per operation of each place that can hold one.

    Those places are the inner vertices of nb101, and the edges of nb201 and transnas_micro: an edge that is not there,
    whose operation is none, has 0 in all of them. 36, 30 and 24 columns; a `BadValue` on other spaces.
    """
    operations = vocabulary_of(space).operations
    options = np.array(archs, dtype=int).reshape(len(archs), len(space.choices))
    edges = np.array(space.choices) != operations
    places, first = (options[:, ~edges], 0) if not edges.all() else (options, 1)
    held = places[:, :, None] == np.arange(first, first + operations)
    return np.concatenate(
        [options[:, edges] > 0, held.reshape(len(archs), places.shape[1] * operations)], axis=1
    ).astype(float)
