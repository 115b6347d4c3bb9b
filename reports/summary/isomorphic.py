"""Which architectures compute the same function as another one."""

import numpy as np
from numpy.typing import NDArray

from reports.spaces import space_named


def classes_of(space: str, archs: NDArray[np.int64]) -> NDArray[np.int64]:
    """The official index of each architecture's canonical one; its own in a space that is not known."""
    known = space_named(space)
    if known is None:
        return archs
    every = known.all()
    return np.array([known.index(known.canonical(every[arch])) for arch in archs.tolist()], dtype=np.int64)


def repeated(classes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a class has occurred before, for each place."""
    again = np.ones(len(classes), dtype=bool)
    again[np.unique(classes, return_index=True)[1]] = False
    return again
