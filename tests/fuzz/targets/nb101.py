"""TFRecord files of NAS-Bench-101, as they are, or framed here line by line so that checksums agree."""

import json
from functools import lru_cache
from typing import Any

import nb101_files as files

from fuzz.scratch import put
from fuzz.targets._job import job, use
from tabular.importers.nb101 import nb101

CELLS = [(files.SPACE.all()[index], epochs) for index in (0, 5, 400_000) for epochs in files.EPOCHS]
ROWS = [files.row(arch, epochs, repeat) for arch, epochs in CELLS for repeat in range(3)]


def values() -> list[Any]:
    return [ROWS[:3], ROWS]


def pack(value: Any) -> bytes:
    rows = value if isinstance(value, list) else [value]
    return b"\1" + b"\n".join(json.dumps(row).encode() for row in rows)


def seeds() -> list[bytes]:
    return [b"\0" + b"".join(files.frame(json.dumps(row).encode()) for row in ROWS[:4]), *map(pack, values())]


framed = lru_cache(maxsize=4096)(files.frame)


def check(data: bytes) -> None:
    content = data[1:] if data[:1] == b"\0" else b"".join(map(framed, data[1:20_000].split(b"\n")))
    use(nb101(put("cells.tfrecord", content), job()))
