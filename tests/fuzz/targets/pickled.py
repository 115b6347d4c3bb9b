"""Pickles as they come: what the machine reads is plain, and what Python's own module reads, it reads alike."""

import io
import pickle
from typing import Any

import hostile
import numpy as np

from harness.pickles import NDARRAYS, read

LIMIT = 64 << 20
VALUES: list[Any] = [
    {"a": [1, 2.5, None, True], "b": {"c": "text", 3: b"bytes"}, "d": (1, (2, 3)), "e": 2**70},
    {"x": {f"epoch@{k}": k / 7 for k in range(40)}, "y": dict(enumerate([0.5] * 300))},
    [{"all_results": {("cifar10", 777): {"flop": np.float64(1.5)}}}, {1, 2}, frozenset({3})],
    [np.arange(6, dtype=np.uint8).reshape(2, 3), np.linspace(0, 1, 4), np.int64(7)],
]


def values() -> list[Any]:
    return VALUES


def pack(value: Any) -> bytes:
    return pickle.dumps(value, 4)


def seeds() -> list[bytes]:
    bad = hostile.globals_() | hostile.arguments() | hostile.arrays() | hostile.opcodes() | hostile.structure()
    sound = [pickle.dumps(value, protocol) for value in VALUES for protocol in (2, 3, 4, 5)]
    return [*sound, *(content for content, _ in bad.values())]


def check(data: bytes) -> None:
    read(io.BytesIO(data), NDARRAYS, limit=LIMIT)
    read(io.BytesIO(data), NDARRAYS, on_dict=lambda found: len(found) == 2, limit=LIMIT)
