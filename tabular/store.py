"""The on-disk format of tables: a folder of memory-mapped `.npy` columns and a manifest with their checksums."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue
from tabular.checksum import digest, sample_digest
from tabular.content import Content, Values, check_values
from tabular.manifest import FILE, REMEDY, Column, Manifest, StoredFile, check, read_manifest
from tabular.table import Table

WHOLE = 8 << 20
"""Bytes up to which opening a table checks every one; larger tables are checked by a sample, and by `verify`."""

ROWS = "rows.npy"


def write_table(folder: Path, content: Content, *, force: bool = False) -> None:
    """Write the table, whole or not at all; the folder's name becomes its name.

    A folder that already holds the same table stays, or is repaired; one that holds another raises `BadValue` unless
    `force` is given.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        manifest = _write_files(partial, folder.name, content)
        if folder.exists() and not _replaceable(folder, manifest, force):
            return
        _swap(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def open_table(folder: Path) -> Table:
    """Open a table: milliseconds and little memory however large it is; `BadValue` when it is incomplete or altered."""
    manifest = read_manifest(folder)
    whole = sum(file.bytes for file in manifest.files) <= WHOLE
    for file in manifest.files:
        _check_file(folder, file, whole=whole)
    arrays = [_load(folder, column.file, (manifest.height, *column.slots), "f") for column in manifest.columns]
    rows = None
    if manifest.rows is not None:
        rows = _load(folder, manifest.rows, None, "i")
        _check_rows(rows, manifest.height)
    table = Table(folder, manifest, arrays, rows)
    indices = manifest.height if rows is None else len(rows)
    if indices != table.space.size:
        raise BadValue(f"{folder} holds {indices:,} architectures, {manifest.space} has {table.space.size:,}; {REMEDY}")
    return table


def verify(folder: Path) -> None:
    """Compare every byte of the table with its checksums; `BadValue` names the file that differs."""
    for file in read_manifest(folder).files:
        _check_file(folder, file, whole=True)
    open_table(folder)


def _check_file(folder: Path, file: StoredFile, *, whole: bool) -> None:
    path = folder / file.name
    try:
        size = path.stat().st_size
        if size != file.bytes:
            what = "truncated" if size < file.bytes else "altered"
            raise BadValue(f"{path} is {what}: it has {size:,} bytes and should have {file.bytes:,}; {REMEDY}")
        same = digest(path) == file.sha256 if whole else sample_digest(path) == file.sample
    except OSError as error:
        raise BadValue(f"{path} cannot be read ({error.strerror}); {REMEDY}") from error
    if not same:
        raise BadValue(f"{path} was altered: its content does not match its checksum; {REMEDY}")


def _load(folder: Path, file: StoredFile, shape: tuple[int, ...] | None, kind: str) -> NDArray[Any]:
    """Map the file; the subclass `numpy.memmap` is left behind because it slows down every look-up."""
    path = folder / file.name
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    except (OSError, ValueError) as error:
        raise BadValue(f"{path} cannot be read ({error}); {REMEDY}") from error
    if array.dtype.kind != kind or (array.ndim != 1 if shape is None else array.shape != shape):
        raise BadValue(
            f"{path} has shape {array.shape} of {array.dtype}, the manifest says {shape or 'one axis'}; {REMEDY}"
        )
    return array


def _check_rows(rows: NDArray[Any], height: int) -> None:
    if len(rows) and not -1 <= int(rows.min()) <= int(rows.max()) < height:
        raise BadValue(f"{ROWS} points outside the {height:,} rows of the table; {REMEDY}")


def _write_files(folder: Path, name: str, content: Content) -> Manifest:
    height = len(content.columns[0].values) if content.columns else 0
    columns = []
    for values, file in zip(content.columns, _file_names(content.columns), strict=True):
        column = Column(values.metric, values.fidelities, values.seeds, _save(folder / file, values.values))
        check_values(values, (height, *column.slots))
        columns.append(column)
    rows = None
    if content.rows is not None:
        _check_rows(content.rows, height)
        rows = _save(folder / ROWS, content.rows)
    manifest = check(
        Manifest(
            name,
            content.space,
            content.dataset,
            content.metrics,
            height,
            tuple(columns),
            rows,
            dict(content.provenance),
        )
    )
    with (folder / FILE).open("w", encoding="utf-8") as stream:
        stream.write(manifest.dump())
        stream.flush()
        os.fsync(stream.fileno())
    return manifest


def _file_names(columns: tuple[Values, ...]) -> Iterator[str]:
    """`metric.npy`; `metric-2.npy` for its second column."""
    seen: Counter[str] = Counter()
    for column in columns:
        seen[column.metric] += 1
        yield f"{column.metric}.npy" if seen[column.metric] == 1 else f"{column.metric}-{seen[column.metric]}.npy"


def _save(path: Path, array: NDArray[Any]) -> StoredFile:
    with path.open("wb") as file:
        np.save(file, np.ascontiguousarray(array), allow_pickle=False)
        file.flush()
        os.fsync(file.fileno())
    return StoredFile(path.name, path.stat().st_size, digest(path), sample_digest(path))


def _replaceable(folder: Path, manifest: Manifest, force: bool) -> bool:
    """Whether the new table may take the folder's place; False when the same one is already there, unharmed."""
    if not (folder / FILE).exists():
        raise BadValue(f"{folder} exists and is no table: give another name, or remove it yourself")
    try:
        same = read_manifest(folder).fingerprint == manifest.fingerprint
    except BadValue:
        same = False
    if not same:
        if not force:
            raise BadValue(f"{folder} already holds another table: give another name, or --force to replace it")
        return True
    try:
        verify(folder)
    except BadValue:
        return True
    return False


def _swap(partial: Path, folder: Path) -> None:
    """Put the new folder in place of the old one."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    _fsync_folder(partial)
    if folder.exists():
        folder.replace(old)
    partial.replace(folder)
    _fsync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
