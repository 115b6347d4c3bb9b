"""Scores of somebody else in a CSV or Parquet file; the first byte says which."""

from functools import cache
from types import SimpleNamespace
from typing import Any

from fuzz.parquet import parquet_of
from fuzz.scratch import put
from harness.spaces.nb201 import Nb201
from proxies.given.column import Column


@cache
def values() -> list[Any]:
    space = Nb201()
    cells = [space.encode(space.all()[k]) for k in range(5)]
    numbers = {"score": [0.1, 0.2, 0.3, 0.4, 0.5], "cost": [1, 2, 3, 4, 5]}
    return [{"cell": cells, **numbers}, {"idx": [3, 1, 4, 15, 9], **numbers}]


def pack(value: Any) -> bytes:
    return b"\1" + parquet_of(value)


def seeds() -> list[bytes]:
    every = [pack(value) for value in values()]
    for value in values():
        lines = [",".join(value), *(",".join(map(str, row)) for row in zip(*value.values(), strict=True))]
        every.append(b"\0" + "\n".join(lines).encode())
    return every


@cache
def benchmark() -> Any:
    return SimpleNamespace(space=Nb201())


def check(data: bytes) -> None:
    path = put("scores.parquet" if data[:1] == b"\1" else "scores.csv", data[1:])
    proxy = Column(benchmark(), seed=0, file=str(path), column="score", seconds="cost")
    proxy.score(benchmark().space.all()[:20])
