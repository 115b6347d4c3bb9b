"""Tables of latencies, and the file that says how a study was measured beside its CSV file."""

import json
from typing import Any

from fuzz.scratch import put
from harness.latency.table import read_table
from harness.spaces.nb201 import NONE, OPERATIONS, Nb201

TIMING = {"median": 0.5, "low": 0.4, "high": 0.6, "sweeps": 11}


def values() -> list[Any]:
    numbers = {"channels": 16, "pixels": 32, "cells": 5}
    stages = [
        {**numbers, "cell": TIMING, "add": TIMING, "operations": dict.fromkeys(OPERATIONS[NONE + 1 :], TIMING)}
    ] * 2
    return [{"format": 1, "unit": "ms", "space": "nb201", "dataset": "cifar10", "shape": [3, 32, 10],
             "about": {"clock": {"device": "cpu", "sweeps": 11}}, "fixed": {"stem": TIMING, "head": TIMING},
             "stages": stages}]  # fmt: skip


def pack(value: Any) -> bytes:
    return json.dumps(value).encode()


def seeds() -> list[bytes]:
    return [json.dumps(value, indent=1).encode() for value in values()]


def check(data: bytes) -> None:
    table = read_table(put("latency.json", data))
    latency = table.latency(Nb201().all()[100])
    assert latency >= 0, f"a latency of {latency}"
