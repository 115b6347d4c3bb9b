"""The results folder: a manifest, Parquet shards of records and scores, and what was measured by the clock.

`manifest.json`, `search/`, `proxy/` and `truth/` are the same bytes whenever the experiment is run in the same
environment; `environment.json`, `measured/` and `log.txt` hold clocks and machines.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import BadValue
from harness.files import write_atomically
from harness.manifest_check import check_manifest
from harness.shard_check import Owner, check_shard, copied, owner_of

FORMAT = 1
ENVIRONMENT = "environment.json"


@dataclass(frozen=True, slots=True)
class Shards:
    """The frames of Parquet files, each read when its turn comes: what many runs recorded need not fit in memory.

    A frame must be of its file's owner, where that is known.
    """

    paths: tuple[Path, ...]
    owners: Mapping[Path, Owner] = field(default_factory=dict)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return (_read_shard(path, self.owners.get(path)) for path in self.paths)


@dataclass(frozen=True, slots=True)
class Results:
    """A results folder; docs/architecture.md names the columns of each frame.

    `records` holds, by study, the frames of its searches, one run in one of them; the others are whole.
    """

    folder: Path
    manifest: dict[str, Any]
    records: Mapping[int, Iterable[pd.DataFrame]]
    scores: pd.DataFrame
    truth: pd.DataFrame
    measured: pd.DataFrame
    history: pd.DataFrame = field(default_factory=pd.DataFrame)
    """What was watched of proxies while they learned; empty where nothing was."""

    @property
    def searches(self) -> pd.DataFrame:
        """The records of all studies in one frame."""
        frames = [frame for study in self.records.values() for frame in study]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def load(folder: Path) -> Results:
    """Read a results folder; `BadValue` when it is none, of another format, unfinished or damaged."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise BadValue(f"{folder} is no results folder: it has no manifest.json; name one that `nasgauge run` wrote")
    blocks = [(block["kind"], block["id"]) for block in manifest["blocks"]]
    truths = {f"study-{one['study']}": one["study"] for one in manifest["studies"] if one["kind"] == "proxy"}
    _check_finished(folder, blocks, truths)
    measured = {name: _read_json(_measured(folder, name)) for _, name in blocks}
    owners = {shard(folder, kind, name): _owner(folder, kind, name, measured[name]) for kind, name in blocks}
    if twice := copied({name: measured[name] for kind, name in blocks if kind == "search"}):
        raise BadValue(_damaged(_measured(folder, twice), ValueError("its runs are another block's too")))
    known = {shard(folder, "truth", name): Owner("truth", {"study": frozenset({n})}) for name, n in truths.items()}
    return Results(
        folder,
        manifest | {"environment": _read_json(folder / ENVIRONMENT)},
        _records(folder, manifest, owners),
        _frame({path: owner for path, owner in owners.items() if owner.kind == "proxy"}),
        _frame(known),
        pd.DataFrame([row for rows in measured.values() for row in rows]),
        _frame(_histories(folder, owners)),
    )


def _check_finished(folder: Path, blocks: Collection[tuple[str, str]], truths: Iterable[str]) -> None:
    missing = sum(not finished(folder, kind, name) for kind, name in blocks)
    missing = missing or sum(not shard(folder, "truth", name).exists() for name in truths)
    if missing:
        again = f"run it again, and only what is missing is run: nasgauge run EXPERIMENT.toml --out {folder}"
        raise BadValue(f"{folder} is unfinished: {missing} of {len(blocks)} blocks are missing; {again}")


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The folder's manifest, None where there is none; `BadValue` when it cannot be read."""
    path = folder / "manifest.json"
    if not path.exists():
        return None
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(manifest, dict):
            raise ValueError("it holds no object")
        found = manifest["format"]
        if found == FORMAT:
            check_manifest(manifest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise BadValue(f"{path} is damaged ({why}); move the folder away and run the experiment again") from error
    if found != FORMAT:
        raise BadValue(f"{path} has format {found!r}; this version reads format {FORMAT}")
    return manifest


def finished(folder: Path, kind: str, name: str) -> bool:
    """Whether a block's records or scores, its measured seconds, and what was watched meanwhile are all there."""
    there = shard(folder, kind, name).exists() and _measured(folder, name).exists()
    return there and (kind != "proxy" or shard(folder, "history", name).exists() or not _watched(folder, name))


def shard(folder: Path, kind: str, name: str) -> Path:
    """Where a block's records or scores are kept."""
    return folder / kind / f"{name}.parquet"


def write_shard(folder: Path, kind: str, name: str, columns: dict[str, Any]) -> None:
    """Write columns (scalars are repeated) as one Parquet file, atomically."""
    buffer = pa.BufferOutputStream()
    table = pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False)
    pq.write_table(table, buffer, compression="zstd", write_page_checksum=True)
    write_atomically(shard(folder, kind, name), buffer.getvalue().to_pybytes())


def write_measured(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    """Write a block's measured seconds."""
    write_atomically(_measured(folder, name), json.dumps(rows).encode())


def _measured(folder: Path, name: str) -> Path:
    return folder / "measured" / f"{name}.json"


def _watched(folder: Path, name: str) -> bool:
    """Whether something was watched in a block; folders of earlier versions do not say it."""
    rows = _read_json(_measured(folder, name))
    return isinstance(rows, list) and any(isinstance(row, dict) and row.get("watched") for row in rows)


def _owner(folder: Path, kind: str, name: str, rows: Any) -> Owner:
    """Whose runs a block holds; `BadValue` when what was measured does not say it."""
    try:
        return owner_of(kind, rows)
    except (KeyError, TypeError) as error:
        raise BadValue(_damaged(_measured(folder, name), ValueError("it does not say whose runs these are"))) from error


def _records(folder: Path, manifest: dict[str, Any], owners: Mapping[Path, Owner]) -> dict[int, Shards]:
    """The shards of each search study, in the manifest's order."""
    paths: dict[int, list[Path]] = {}
    for block in manifest["blocks"]:
        if block["kind"] == "search":
            paths.setdefault(block["study"], []).append(shard(folder, "search", block["id"]))
    return {study: Shards(tuple(found), owners) for study, found in paths.items()}


def _histories(folder: Path, owners: Mapping[Path, Owner]) -> dict[Path, Owner]:
    """The files of what was watched, beside the scores of those proxies that have any, with their owners."""
    beside = {shard(folder, "history", path.stem): owner for path, owner in owners.items() if owner.kind == "proxy"}
    return {path: Owner("history", owner.values) for path, owner in beside.items() if path.exists()}


def _frame(owners: Mapping[Path, Owner]) -> pd.DataFrame:
    frames = [_read_shard(path, owner) for path, owner in owners.items()]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _read_shard(path: Path, owner: Owner | None = None) -> pd.DataFrame:
    try:
        frame: pd.DataFrame = pq.read_table(path, page_checksum_verification=True).to_pandas()
        if owner is not None:
            check_shard(frame, owner)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise BadValue(_damaged(path, error)) from error
    return frame


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadValue(_damaged(path, error)) from error


def _damaged(path: Path, error: Exception) -> str:
    why = (getattr(error, "strerror", None) or str(error)).strip().partition("\n")[0].rstrip(".")
    return f"{path} is missing or damaged ({why}); remove it and run the experiment again: only what is missing is run"
