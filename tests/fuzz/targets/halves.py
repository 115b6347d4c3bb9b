"""Lists of image numbers, by which a data set is cut in halves."""

import json
from typing import Any

from fuzz.scratch import put
from harness.datasets._halves import listed

KEYS = ("train", "valid")


def values() -> list[Any]:
    return [
        {"train": ["int", ["0", "2", "4"]], "valid": ["int", ["1", "3", "5"]]},
        {"train": [0, 1, 2], "valid": [3, 4, 5]},
    ]


def pack(value: Any) -> bytes:
    return json.dumps(value).encode()


def seeds() -> list[bytes]:
    return [pack(value) for value in values()]


def check(data: bytes) -> None:
    first, second = listed(put("split.txt", data), KEYS, 6)
    assert sorted([*first.tolist(), *second.tolist()]) == list(range(6))
