"""Pickled batches of CIFAR, small ones, and its binary records; the first byte says which."""

import pickle
from typing import Any

import numpy as np
import python2

from fuzz.scratch import put
from harness.datasets._pickled import batches
from harness.datasets._records import records

SHAPE = (3, 4, 4)
PIXELS = np.random.default_rng(5).integers(0, 256, (6, 48), dtype=np.uint8)
LABELS = [0, 1, 0, 1, 2, 2]


def values() -> list[Any]:
    return [{"data": PIXELS, "labels": LABELS}, {"data": PIXELS, "labels": np.array(LABELS), "mean": PIXELS.mean(0)}]


def pack(value: Any) -> bytes:
    return b"\0" + pickle.dumps(value, 4)


def seeds() -> list[bytes]:
    old = python2.dumps({b"data": PIXELS, b"labels": LABELS, b"batch_label": b"training batch"})
    plain = np.concatenate([np.array(LABELS, np.uint8)[:, None], PIXELS], axis=1).tobytes()
    return [*map(pack, values()), b"\0" + old, b"\1" + plain, b"\1"]


def check(data: bytes) -> None:
    read = records(1) if data[:1] == b"\1" else batches("labels")
    images, labels = read(put("batch", data[1:]), SHAPE)
    assert len(images) == len(labels)
    np.array(images)
