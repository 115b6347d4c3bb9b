"""A user's arrays as a data set: the file as it is, or one array in it; the first byte says which."""

from functools import cache

import numpy as np

from fuzz.targets._npz import members_of, seeds_of, written
from harness.datasets._arrays import arrays_dataset


@cache
def members() -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    return members_of({
        "train_images": rng.integers(0, 256, (8, 1, 4, 4), dtype=np.uint8), "train_labels": np.arange(8) % 2,
        "test_images": rng.integers(0, 256, (4, 1, 4, 4), dtype=np.uint8), "test_labels": np.arange(4) % 2,
    })  # fmt: skip


def seeds() -> list[bytes]:
    return seeds_of(members())


def check(data: bytes) -> None:
    with written("x.npz", data, members()) as path:
        dataset = arrays_dataset("x", path)
    np.array(dataset.train.images[:2])
