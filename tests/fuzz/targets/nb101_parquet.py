"""The Parquet files of NAS-Bench-101; of columns that are values, or bytes as they are."""

from functools import cache
from typing import Any

import nb101_files as files

from fuzz.parquet import parquet_of
from fuzz.scratch import put
from fuzz.targets._job import job, use
from harness.spaces._nb101_cell import cell_of, pruned
from harness.spaces.nb101 import module_hash
from tabular.importers.nb101 import nb101


@cache
def values() -> list[Any]:
    archs = [files.SPACE.all()[index] for index in (0, 5, 400_000)]
    cells = [pruned(cell_of(arch)) for arch in archs]
    assert all(cell is not None for cell in cells)
    return [{
        "idx": [0, 1, 2], "module_hash": [bytes.fromhex(module_hash(arch)) for arch in archs],
        "n_vertices": [cell.vertices for cell in cells if cell], "adj_bits": [cell.edges for cell in cells if cell],
        "op_code": [cell.operations for cell in cells if cell], "params": [1000, 2000, 3000],
        "test108_mean": [90.0, 91.5, 93.0],
    }]  # fmt: skip


def pack(value: Any) -> bytes:
    return parquet_of(value)


def seeds() -> list[bytes]:
    return [pack(value) for value in values()]


def check(data: bytes) -> None:
    use(nb101(put("nb101_full.parquet", data), job()))
