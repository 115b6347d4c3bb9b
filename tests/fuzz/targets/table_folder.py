"""The folder of an imported table: its manifest or one of its arrays, with checksums that agree."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from fuzz.scratch import empty, put, scratch
from harness.core import Fidelity, Query
from harness.errors import Unmeasured
from harness.spaces.nb201 import Nb201
from tabular.content import Content, Values
from tabular.manifest import FILE, _fingerprint
from tabular.store import open_table, verify, write_table
from tabular.vocabulary import KNOWN

FIDELITIES = (Fidelity(1, 4), Fidelity(4, 4))


@cache
def sound() -> dict[str, bytes]:
    """The files of a table, the manifest last."""
    rng = np.random.default_rng(0)
    rows = np.full(Nb201().size, -1, dtype=np.int32)
    rows[:8] = np.arange(8)
    columns = (
        Values("valid_accuracy", FIDELITIES, (0, 1), rng.uniform(10, 90, (8, 2, 2)).astype(np.float32)),
        Values("test_accuracy", FIDELITIES, None, rng.uniform(10, 90, (8, 2, 1))),
        Values("params", None, None, np.ones((8, 1, 1))),
        Values("seconds", FIDELITIES, None, rng.uniform(1, 2, (8, 2, 1))),
    )
    metrics = tuple(KNOWN[column.metric] for column in columns)
    folder = empty("sound") / "table"
    write_table(folder, Content("nb201", metrics, columns, {"source": "made up"}, rows=rows))
    names = sorted(path.name for path in folder.iterdir() if path.name != FILE)
    return {name: (folder / name).read_bytes() for name in (*names, FILE)}


def values() -> list[Any]:
    return [json.loads(sound()[FILE])]


def pack(value: Any) -> bytes:
    return bytes([len(sound()) - 1]) + json.dumps(value).encode()


def seeds() -> list[bytes]:
    """The place of the file, and its content."""
    return [bytes([place]) + content for place, content in enumerate(sound().values())]


def check(data: bytes) -> None:
    files = dict(sound())
    name = list(files)[(data or b"\0")[0] % len(files)]
    files[name] = data[1:]
    files[FILE] = _agreeing(files, name)
    _restore()
    for one in {name, FILE}:
        put(f"table/{one}", files[one])
    try:
        _use(scratch() / "table")
    finally:
        put(f"table/{name}", sound()[name])


@cache
def _restore() -> None:
    for name, content in sound().items():
        put(f"table/{name}", content)


def _use(folder: Path) -> None:
    verify(folder)
    table = open_table(folder)
    table.content()
    for metric in table.metrics:
        for fidelity in table.measured_fidelities(metric.name):
            seeds = table.measured_seeds(metric.name, fidelity)
            for seed in (None, *seeds[:3]):
                try:
                    table.table(metric.name, fidelity, seed)
                    table.evaluate(Query(table.space.all()[0], fidelity), seed)
                except Unmeasured:
                    pass


def _agreeing(files: dict[str, bytes], changed: str) -> bytes:
    """The manifest with the checksums of what the files hold now, where it still is one."""
    try:
        data = json.loads(files[FILE])
        if changed != FILE:
            for entry in (*(column["file"] for column in data["columns"]), data["rows"]):
                if entry["name"] == changed:
                    digest = hashlib.sha256(files[changed]).hexdigest()
                    entry.update(bytes=len(files[changed]), sha256=digest, sample=_sample(files[changed]))
        data["fingerprint"] = _fingerprint({key: one for key, one in data.items() if key != "fingerprint"})
        return json.dumps(data).encode()
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return files[FILE]


def _sample(data: bytes) -> str:
    """The checksum of 16 evenly spaced blocks of 1 KB."""
    last = max(len(data) - 1024, 0)
    return hashlib.sha256(b"".join(data[last * k // 15 :][:1024] for k in range(16))).hexdigest()
