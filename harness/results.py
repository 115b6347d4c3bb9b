"""The results folder: a manifest, Parquet shards of records and scores, and what was measured by the clock.

`manifest.json`, `search/`, `proxy/` and `truth/` are the same bytes whenever the experiment is run in the same
environment; `environment.json`, `measured/` and `log.txt` hold clocks and machines.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import BadValue
from harness.files import write_atomically

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Results:
    """A results folder in memory; docs/architecture.md names the columns of each frame."""

    folder: Path
    manifest: dict[str, Any]
    searches: pd.DataFrame
    scores: pd.DataFrame
    truth: pd.DataFrame
    measured: pd.DataFrame


def load(folder: Path) -> Results:
    """Read a results folder; `BadValue` when it is none, of another format, or unfinished."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise BadValue(f"{folder} is no results folder: it has no manifest.json; name one that `nasgauge run` wrote")
    missing = [block["id"] for block in manifest["blocks"] if not shard(folder, block["kind"], block["id"]).exists()]
    if missing:
        raise BadValue(
            f"{folder} is unfinished: {len(missing)} of {len(manifest['blocks'])} blocks are missing; run it again"
        )
    environment = json.loads((folder / "environment.json").read_text())
    ids: dict[str, list[str]] = {"search": [], "proxy": [], "truth": [], "measured": []}
    for block in manifest["blocks"]:
        ids[block["kind"]].append(block["id"])
    measured = [row for block in manifest["blocks"] for row in json.loads(_measured(folder, block["id"]).read_text())]
    return Results(
        folder,
        manifest | {"environment": environment},
        _frame(folder, "search", ids["search"]),
        _frame(folder, "proxy", ids["proxy"]),
        _frame(
            folder, "truth", [f"study-{study['study']}" for study in manifest["studies"] if study["kind"] == "proxy"]
        ),
        pd.DataFrame(measured),
    )


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The folder's manifest, None where there is none; `BadValue` when it cannot be read."""
    path = folder / "manifest.json"
    if not path.exists():
        return None
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = manifest["format"] == FORMAT
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise BadValue(f"{path} is damaged ({error}); move the folder away and run the experiment again") from error
    if not known:
        raise BadValue(f"{path} has format {manifest['format']}; this version reads format {FORMAT}")
    return manifest


def shard(folder: Path, kind: str, name: str) -> Path:
    """Where a block's records or scores are kept."""
    return folder / kind / f"{name}.parquet"


def write_shard(folder: Path, kind: str, name: str, columns: dict[str, Any]) -> None:
    """Write columns (scalars are repeated) as one Parquet file, atomically."""
    buffer = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False), buffer, compression="zstd")
    write_atomically(shard(folder, kind, name), buffer.getvalue().to_pybytes())


def write_measured(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    """Write a block's measured seconds."""
    write_atomically(_measured(folder, name), json.dumps(rows).encode())


def _measured(folder: Path, name: str) -> Path:
    return folder / "measured" / f"{name}.json"


def _frame(folder: Path, kind: str, names: list[str]) -> pd.DataFrame:
    frames = [pd.read_parquet(shard(folder, kind, name)) for name in names]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
