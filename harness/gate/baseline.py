"""Scores that are kept to be compared with: one Parquet file, small enough to be committed beside the code."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fcntl import LOCK_EX, flock
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.types import is_numeric_dtype

from harness.errors import BadValue
from harness.files import write_atomically
from harness.json_file import parsed
from harness.parquet_file import read_table

FORMAT = 1
KEY = b"nasgauge_baseline"
TYPES = {"study": "int64", "benchmark": "str", "proxy": "str", "seed": "int64", "arch": "str",
         "score": "float64", "truth": "float64"}  # fmt: skip
"""The columns. `study` counts the proxy studies of one benchmark; `arch` is an official index or a name."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Scores, a row for each, with the columns of `TYPES`; `about` says of each study what it was judged by."""

    scores: pd.DataFrame
    about: dict[str, Any] = field(default_factory=dict)


def read_baseline(path: Path) -> Baseline:
    """Read a baseline; `BadValue` when the file is none, of another format, or damaged."""
    if path.is_dir():
        raise BadValue(f"{path} is a folder: name the baseline's file")
    try:
        table = read_table(path)
        text = (table.schema.metadata or {}).get(KEY)
        about = None if text is None else parsed(text)
        if about is not None and about["format"] == FORMAT:
            frame = table.to_pandas(ignore_metadata=True)[list(TYPES)]
            if len(frame) and any(is_numeric_dtype(frame[name]) == (kind == "str") for name, kind in TYPES.items()):
                raise ValueError("a column holds text for numbers, or numbers for text")
            return Baseline(frame.astype(TYPES), about)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        why = str(error).strip().partition("\n")[0].rstrip(".")
        raise BadValue(f"{path} is damaged or no baseline ({why}): bring it back, or remove it and --update") from error
    if about is None:
        raise BadValue(f"{path} is no baseline of nasgauge: name another file")
    raise BadValue(f"{path} has format {about['format']!r}; this version reads format {FORMAT}")


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write the file, atomically, in a folder that is made where it is missing; the same scores give the same bytes."""
    keys = [name for name in TYPES if name not in ("score", "truth")]
    frame = baseline.scores[list(TYPES)].astype(TYPES).sort_values(keys, kind="stable")
    about = {"format": FORMAT, "version": version("nasgauge")} | baseline.about
    table = pa.table({name: frame[name].to_numpy(object if kind == "str" else kind) for name, kind in TYPES.items()})
    buffer = pa.BufferOutputStream()
    table = table.replace_schema_metadata({KEY: json.dumps(about, sort_keys=True).encode()})
    pq.write_table(table, buffer, compression="zstd", compression_level=19, write_page_checksum=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, buffer.getvalue().to_pybytes())


@contextmanager
def turn_in(folder: Path) -> Iterator[None]:
    """Wait until no other process is changing a baseline in the folder; nothing is left in it."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        flock(handle, LOCK_EX)
        yield
    finally:
        os.close(handle)
