"""The rows of architectures under an encoding that goes by name, each computed once."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, SearchSpace
from harness.registry import load


class Encoder:
    """Encodes the canonical architectures of a space, so that isomorphic cells have the same row.

    An `UnknownName` when no encoding goes by this name, a `BadValue` when it does not fit the space.
    """

    def __init__(self, space: SearchSpace, encoding: str) -> None:
        self._space, self._encode = space, load("encoding", encoding)
        self._none: NDArray[np.float64] = self._encode(space, [])
        self._rows: dict[Arch, NDArray[np.float64]] = {}

    def rows(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """One row for each architecture, shape (architectures, columns)."""
        return self._lookup([self._space.canonical(arch) for arch in archs])

    def distinct(self, archs: Sequence[Arch]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """The rows of the different canonical architectures in sorted order, and the place of each architecture's row.

        What is computed from these rows does not depend on the order of the architectures, not even in the last digit.
        """
        canonical = [self._space.canonical(arch) for arch in archs]
        every = sorted(set(canonical))
        places = {arch: place for place, arch in enumerate(every)}
        return self._lookup(every), np.array([places[arch] for arch in canonical], dtype=np.intp)

    def _lookup(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        missing = list(dict.fromkeys(arch for arch in archs if arch not in self._rows))
        if missing:
            self._rows.update(zip(missing, self._encode(self._space, missing), strict=True))
        return np.stack([self._rows[arch] for arch in archs]) if archs else self._none
