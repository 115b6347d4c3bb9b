"""The journal of a live run, replayed."""

import json
from functools import cache
from typing import Any

from fuzz.scratch import put
from harness.core import Benchmark, Query
from harness.errors import Unmeasured
from harness.experiment.journal import Journaled, _key
from harness.registry import load


@cache
def benchmark() -> Benchmark:
    found: Benchmark = load("benchmark", "digits201")()
    return found


def queries() -> list[Query]:
    return [Query(benchmark().space.all()[k], benchmark().fidelities[-1]) for k in range(2)]


def values() -> list[Any]:
    return [[[_key(queries()[0], None), [{"valid_accuracy": 90.0, "test_accuracy": 89.5}, 1.5]],
             [_key(queries()[1], None), "it has no such measurement"]]]  # fmt: skip


def pack(value: Any) -> bytes:
    lines = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def seeds() -> list[bytes]:
    return [pack(value) for value in values()]


def check(data: bytes) -> None:
    journaled = Journaled(benchmark(), put("journal.jsonl", data))
    for query in queries():
        try:
            answer = journaled.evaluate(query, None)
        except Unmeasured:
            continue
        assert all(isinstance(value, float | int) for value in answer.metrics.values()), answer
