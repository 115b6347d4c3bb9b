"""The results folder: a manifest, Parquet shards of records and scores, and what was measured by the clock.

`manifest.json`, `search/`, `proxy/` and `truth/` are the same bytes whenever the experiment is run in the same
environment; `environment.json`, `measured/` and `log.txt` hold clocks and machines.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from harness.block_files import Rows, check_block, check_truth, measured_path, shard, write_measured, write_shard
from harness.errors import BadValue
from harness.json_file import read_json
from harness.manifest_check import check_manifest
from harness.parquet_file import read_frame
from harness.seals import Damage, inside, why
from harness.shard_check import Owner, check_shard, copied, owner_of

__all__ = [
    "ENVIRONMENT", "FORMAT", "Results", "Shards", "load", "read_manifest", "shard", "write_measured", "write_shard",
]  # fmt: skip

FORMAT = 1
ENVIRONMENT = "environment.json"
JSON_BYTES = 2**26
"""The most bytes of a manifest or an environment that are read."""


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
    measured = _checked(folder, blocks, truths)
    owners = {shard(folder, kind, name): _owner(folder, kind, name, measured[name]) for kind, name in blocks}
    if twice := copied({name: measured[name] for kind, name in blocks if kind == "search"}):
        raise BadValue(_damaged(measured_path(folder, twice), "its runs are another block's too"))
    known = {shard(folder, "truth", name): Owner("truth", {"study": frozenset({n})}) for name, n in truths.items()}
    return Results(
        folder,
        manifest | {"environment": _environment(folder)},
        _records(folder, manifest, owners),
        _frame({path: owner for path, owner in owners.items() if owner.kind == "proxy"}),
        _frame(known),
        pd.DataFrame([row for rows in measured.values() for row in rows]),
        _frame(_histories(folder, owners)),
    )


def _checked(folder: Path, blocks: list[tuple[str, str]], truths: Iterable[str]) -> dict[str, Rows]:
    """The measured rows of each block, every checksum compared; `BadValue` where blocks or truths are not whole."""
    found: dict[str, Rows] = {}
    lost = 0
    try:
        for kind, name in blocks:
            try:
                found[name] = check_block(folder, kind, name)
            except FileNotFoundError:
                lost += 1
        for name in truths:
            check_truth(folder, name)
    except FileNotFoundError:
        lost = lost or 1
    except Damage as error:
        again = "run the experiment again: only what is missing or damaged is run"
        raise BadValue(f"{error.path} is missing or damaged ({error.why}); {again}") from error
    if lost:
        again = f"run it again, and only what is missing is run: nasgauge run EXPERIMENT.toml --out {folder}"
        raise BadValue(f"{folder} is unfinished: {lost} of {len(blocks)} blocks are missing; {again}")
    return found


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The folder's manifest, None where there is none; `BadValue` when it cannot be read."""
    path = folder / "manifest.json"
    if not path.exists():
        return None
    try:
        manifest: dict[str, Any] = read_json(inside(folder, path), JSON_BYTES)
        if not isinstance(manifest, dict):
            raise ValueError("it holds no object")
        found = manifest["format"]
        if found == FORMAT:
            check_manifest(manifest)
    except (OSError, ValueError, KeyError, TypeError) as error:
        said = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise BadValue(f"{path} is damaged ({said}); move the folder away and run the experiment again") from error
    if found != FORMAT:
        raise BadValue(f"{path} has format {found!r:.20}; this version reads format {FORMAT}")
    return manifest


def _owner(folder: Path, kind: str, name: str, rows: Any) -> Owner:
    """Whose runs a block holds; `BadValue` when what was measured does not say it."""
    try:
        return owner_of(kind, rows)
    except (KeyError, TypeError) as error:
        raise BadValue(_damaged(measured_path(folder, name), "it does not say whose runs these are")) from error


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
        frame = read_frame(path)
        if owner is not None:
            check_shard(frame, owner)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise BadValue(_damaged(path, why(error))) from error
    return frame


def _environment(folder: Path) -> Any:
    path = folder / ENVIRONMENT
    try:
        return read_json(inside(folder, path), JSON_BYTES)
    except (OSError, ValueError) as error:
        raise BadValue(_damaged(path, why(error))) from error


def _damaged(path: Path, said: str) -> str:
    return f"{path} is missing or damaged ({said}); remove it and run the experiment again: only what is missing is run"
