"""The files of a block and of a truth: written in an order in which none looks whole that is not, and checked.

`measured/NAME.json` holds `rows`, `files` (the size and the sha256 of each shard, by its path) and `seal`, a digest of
both. Earlier versions wrote the rows alone: of their blocks no checksum is known.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import BadValue
from harness.files import write_atomically
from harness.seals import Damage, Seal, check_seal, inside, read_seals, seal_of, sealing

NAME = re.compile(r"[0-9A-Za-z_-][0-9A-Za-z._-]{0,127}")
"""What a block may be called: a part of a path that stays in its folder."""

MISSING, WHOLE, DAMAGED = "missing", "whole", "damaged: "
"""The states of a block; what is wrong follows upon the last."""

Rows = list[dict[str, Any]]


def shard(folder: Path, kind: str, name: str) -> Path:
    """Where a block's records or scores are kept."""
    return folder / kind / f"{name}.parquet"


def measured_path(folder: Path, name: str) -> Path:
    """Where a block's measured seconds are kept, which seal it."""
    return folder / "measured" / f"{name}.json"


def truth_seal(folder: Path, name: str) -> Path:
    """What seals a study's truth: a neighbour, the same bytes whenever the truth is the same."""
    return folder / "truth" / f"{name}.json"


def write_block(
    folder: Path, kind: str, name: str, columns: dict[str, Any], history: dict[str, Any], rows: Rows
) -> None:
    """Write what was watched, where that is not empty, then the records or scores, and last the seal with the rows.

    Scalars in columns are repeated. A crash leaves a block that is missing or damaged, never one that looks whole.
    """
    remove_block(folder, kind, name)
    parts = ({"history": history} if history else {}) | {kind: columns}
    files = {_key(part, name): _write(folder, part, name, content) for part, content in parts.items()}
    _write_json(_place(folder, measured_path(folder, name), name), sealing(files, rows=rows))


def write_truth(folder: Path, name: str, columns: dict[str, Any]) -> None:
    """Write the seal of a study's truth, then the truth: one without a seal would pass for an earlier version's."""
    content = _packed(columns)
    seals = sealing({_key("truth", name): seal_of(content)})
    _write_json(_place(folder, truth_seal(folder, name), name), seals)
    write_atomically(_place(folder, shard(folder, "truth", name), name), content)


def write_shard(folder: Path, kind: str, name: str, columns: dict[str, Any]) -> None:
    """Write columns (scalars are repeated) as one Parquet file that nothing seals, atomically."""
    _write(folder, kind, name, columns)


def write_measured(folder: Path, name: str, rows: Rows) -> None:
    """Write a block's measured rows as earlier versions did: nothing is sealed."""
    _write_json(_place(folder, measured_path(folder, name), name), rows)


def remove_block(folder: Path, kind: str, name: str) -> None:
    """Remove a block's files, its seal first; those that are not there are no error."""
    paths = measured_path(folder, name), shard(folder, kind, name), shard(folder, "history", name)
    for path in [_place(folder, path, name) for path in paths]:
        path.unlink(missing_ok=True)


def block_state(folder: Path, kind: str, name: str) -> str:
    """The word "missing" or "whole", or "damaged: " and which file is, and why.

    Missing is a block of which a file is not there. Every byte of the others is looked at, and nothing is parsed but
    the seal: a gigabyte takes about a second. Of a block of an earlier version only the presence of its files counts.
    """
    try:
        check_block(folder, kind, name)
    except FileNotFoundError:
        return MISSING
    except Damage as error:
        return f"{DAMAGED}{error}"
    return WHOLE


def truth_state(folder: Path, name: str) -> str:
    """The state of a study's truth, in the words of `block_state`."""
    try:
        check_truth(folder, name)
    except FileNotFoundError:
        return MISSING
    except Damage as error:
        return f"{DAMAGED}{error}"
    return WHOLE


def check_block(folder: Path, kind: str, name: str) -> Rows:
    """The measured rows of a whole block. Raises `Damage`, or `FileNotFoundError` where a file is not there."""
    path = measured_path(folder, name)
    value, seals = read_seals(folder, path)
    rows = value if seals is None else value.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, dict) and all(map(_plain, row.values())) for row in rows):
        raise Damage(path, "it does not say whose runs these are")
    own, history = _key(kind, name), _key("history", name)
    watched = kind == "proxy" and any(row.get("watched") for row in rows)
    files = dict.fromkeys([own, history] if watched else [own]) if seals is None else seals
    if own not in files or not files.keys() <= {own, history}:
        raise Damage(path, "it seals other files")
    _check_files(folder, files)
    return rows


def check_truth(folder: Path, name: str) -> None:
    """Raise `Damage` or `FileNotFoundError` where a study's truth is not whole; earlier versions did not seal it."""
    path, own = truth_seal(folder, name), _key("truth", name)
    seals = read_seals(folder, path)[1] if path.exists() else {own: None}
    if seals is None or seals.keys() != {own}:
        raise Damage(path, "it seals other files")
    _check_files(folder, seals)


def _check_files(folder: Path, files: Mapping[str, Seal | None]) -> None:
    for key, seal in files.items():
        check_seal(folder, folder / key, seal)


def _write(folder: Path, kind: str, name: str, columns: dict[str, Any]) -> Seal:
    path, content = _place(folder, shard(folder, kind, name), name), _packed(columns)
    write_atomically(path, content)
    return seal_of(content)


def _packed(columns: dict[str, Any]) -> bytes:
    buffer = pa.BufferOutputStream()
    table = pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False)
    pq.write_table(table, buffer, compression="zstd", write_page_checksum=True)
    content: bytes = buffer.getvalue().to_pybytes()
    return content


def _write_json(path: Path, value: Any) -> None:
    write_atomically(path, json.dumps(value).encode())


def _place(folder: Path, path: Path, name: str) -> Path:
    """The path of a file that is to be written or removed; `BadValue` where it would be outside of the folder."""
    if not NAME.fullmatch(name):
        raise BadValue(f"{name!r} names no block: letters, digits, '.', '_' and '-' do")
    try:
        inside(folder, path.parent)
    except ValueError as error:
        raise BadValue(f"{path} is not touched: {error}; put a folder in the link's place") from None
    return path


def _plain(value: Any) -> bool:
    """Whether measured rows may hold it: text, or a number that fits into a column."""
    return isinstance(value, str | float | None) or (isinstance(value, int) and abs(value) < 2**63)


def _key(kind: str, name: str) -> str:
    return f"{kind}/{name}.parquet"
