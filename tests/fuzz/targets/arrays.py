"""A user's arrays as a data set: the file as it is, or one array in it; the first byte says which."""

import io
import warnings
from functools import cache

import hostile
import numpy as np

from fuzz.scratch import put
from harness.datasets._arrays import arrays_dataset


@cache
def members() -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    arrays = {
        "train_images": rng.integers(0, 256, (8, 1, 4, 4), dtype=np.uint8), "train_labels": np.arange(8) % 2,
        "test_images": rng.integers(0, 256, (4, 1, 4, 4), dtype=np.uint8), "test_labels": np.arange(4) % 2,
    }  # fmt: skip
    found = {}
    for name, array in arrays.items():
        file = io.BytesIO()
        np.save(file, array)
        found[f"{name}.npy"] = file.getvalue()
    return found


def seeds() -> list[bytes]:
    return [
        *(bytes([place]) + one for place, one in enumerate(members().values())),
        b"\xff" + hostile.archive(members()),
    ]


def check(data: bytes) -> None:
    place = (data or b"\0")[0]
    changed = {name: data[1:] if k == place else one for k, (name, one) in enumerate(members().items())}
    path = put("x.npz", data[1:] if place >= len(changed) else hostile.archive(changed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's and Python's words on odd headers, which are read nevertheless
        dataset = arrays_dataset("x", path)
    np.array(dataset.train.images[:2])
