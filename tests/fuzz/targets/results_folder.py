"""A results folder, one file of which is another; the first byte says which."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from reports_factory import fabricate, watched, write_folder

from fuzz.scratch import empty, put
from harness.files import digest
from harness.results import load
from harness.seals import seal_of, sealing
from harness.watching.progress import Progress

PROXIES = ("params", "synflow", "darts")


@cache
def sound() -> tuple[Path, dict[str, bytes]]:
    folder = empty("results")
    results = fabricate(runs=2, steps=4, architectures=10, seeds=1, algorithms=("random_search",), proxies=PROXIES)
    write_folder(watched(results, epochs=4), folder)
    (folder / "log.txt").write_text("2026-01-01 10:00:00,123 INFO nasgauge: 2 of 2 blocks to run with 1 workers\n")
    (folder / "journal").mkdir()
    (folder / "journal" / "search.jsonl").write_text('["[[0], [1, 1], 0]", [{"valid_accuracy": 90.0}, 1.5]]\n')
    return folder, {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.*"))}


def values() -> list[Any]:
    """What is JSON in the folder; of what was measured also the form with the checksums of its block's files."""
    files = sound()[1]
    found = [[place, json.loads(data)] for place, (name, data) in enumerate(files.items()) if name.endswith(".json")]
    sealed = []
    for place, rows in found:
        block = Path(list(files)[place])
        if block.parent.name == "measured" and isinstance(rows, list):
            names = [
                f"{block.stem}/{block.stem}.parquet",
                *(["history/proxy.parquet"] if block.stem == "proxy" else []),
            ]
            sealed.append([place, sealing({name: seal_of(files[name]) for name in names}, rows=rows)])
    return found + sealed


def pack(value: Any) -> bytes:
    place, content = value
    return bytes([place]) + json.dumps(content).encode()


def seeds() -> list[bytes]:
    return [bytes([place]) + content for place, content in enumerate(sound()[1].values())]


def check(data: bytes) -> None:
    folder, files = sound()
    name = list(files)[(data or b"\0")[0] % len(files)]
    put(f"results/{name}", _resealed(data[1:]))
    try:
        Progress(folder).look(1.8e9)
        results = load(folder)
        len(results.searches)
    finally:
        put(f"results/{name}", files[name])


def _resealed(data: bytes) -> bytes:
    """The value with the seal of what it holds now, where it has one."""
    try:
        value = json.loads(data)
        if not isinstance(value, dict) or "seal" not in value:
            return data
        value["seal"] = digest({key: one for key, one in value.items() if key != "seal"})
        return json.dumps(value).encode()
    except (ValueError, RecursionError):
        return data
