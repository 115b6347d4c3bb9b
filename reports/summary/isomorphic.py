"""Which architectures compute the same function as another one."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from harness.errors import UnknownName
from harness.registry import load
from harness.space import SearchSpace


def classes_of(space: str, archs: NDArray[np.int64]) -> NDArray[np.int64]:
    """The official index of each architecture's canonical one; its own in a space that is not known."""
    known = _space(space)
    if known is None:
        return archs
    every = known.all()
    return np.array([known.index(known.canonical(every[arch])) for arch in archs.tolist()], dtype=np.int64)


def repeated(classes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a class has occurred before, for each place."""
    again = np.ones(len(classes), dtype=bool)
    again[np.unique(classes, return_index=True)[1]] = False
    return again


@cache
def _space(name: str) -> SearchSpace | None:
    try:
        space: SearchSpace = load("space", name)()
    except UnknownName:
        return None
    return space
