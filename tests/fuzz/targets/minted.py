"""A shard of a minting: the file as it is, or one array in it; the first byte says which."""

from functools import cache

import numpy as np

from fuzz.targets._npz import members_of, seeds_of, written
from tabular.assemble import MEASURED, SHAPES, _read

INDICES = (0, 1, 2)


@cache
def members() -> dict[str, bytes]:
    arrays = {name: np.zeros((len(INDICES), *SHAPES[name]), np.float32) for name in MEASURED}
    return members_of({"index": np.array(INDICES), **arrays})


def seeds() -> list[bytes]:
    return seeds_of(members())


def check(data: bytes) -> None:
    with written("training/0000.npz", data, members()) as path:
        _read(path.parent, INDICES, MEASURED)
