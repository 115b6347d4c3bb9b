"""A study of latencies that is gone on from: the CSV file, or the one beside it; the first byte says which."""

import json
from typing import Any

from fuzz.scratch import put
from harness.latency.study import _resumed

ABOUT = {"dataset": "digits", "architectures": 2, "seed": 0, "clock": {"device": "cpu", "sweeps": 5}, "machine": "x"}
CSV = b"arch,latency_ms,low_ms,high_ms,sweep_1,sweep_2\na,1.5,,,1.0,2.0\nb,2.5,,,2.0,3.0\n"


def values() -> list[Any]:
    return [ABOUT]


def pack(value: Any) -> bytes:
    return b"\1" + json.dumps(value).encode()


def seeds() -> list[bytes]:
    return [b"\0" + CSV, pack(ABOUT)]


def check(data: bytes) -> None:
    path = put("study.csv", CSV if data[:1] == b"\1" else data[1:])
    put("study.csv.json", data[1:] if data[:1] == b"\1" else json.dumps(ABOUT).encode())
    sweeps = _resumed(path, {**ABOUT, "clock": {"device": "cpu", "sweeps": 9}}, 2)
    assert all(sweep.shape == (2,) for sweep in sweeps)
