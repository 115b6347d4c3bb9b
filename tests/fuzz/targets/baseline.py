"""A baseline of scores."""

import json
from typing import Any

from fuzz.parquet import parquet_of
from fuzz.scratch import put
from harness.gate.baseline import KEY, read_baseline

ROWS = {"study": [0, 0], "benchmark": ["digits201"] * 2, "proxy": ["params"] * 2, "seed": [0, 0], "arch": ["1", "2"],
        "score": [1.0, 2.0], "truth": [90.0, 91.0]}  # fmt: skip
ABOUT = {"format": 1, "version": "0.1.0", "studies": {"digits201": [{"truth": {"metric": "test_accuracy"}}]}}


def values() -> list[Any]:
    return [[ROWS, ABOUT]]


def pack(value: Any) -> bytes:
    rows, about = value
    return parquet_of(rows, {KEY: json.dumps(about).encode()})


def seeds() -> list[bytes]:
    return [pack(value) for value in values()]


def check(data: bytes) -> None:
    read_baseline(put("baseline.parquet", data))
