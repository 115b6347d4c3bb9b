"""The on-disk format of tables: a folder of memory-mapped `.npy` columns and a manifest with their checksums."""

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue
from tabular.array_file import map_array
from tabular.checksum import digest, sample_digest
from tabular.content import Content, check_values, fits
from tabular.manifest import FILE, REMEDY, Column, Manifest, StoredFile, check, read_manifest, thoroughness
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
    arrays = [_load_column(folder, column, manifest.height) for column in manifest.columns]
    rows = _load_rows(folder, manifest)
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


def _load_column(folder: Path, column: Column, height: int) -> NDArray[Any]:
    """The column in its full shape: an axis of length 1 is repeated, which takes no memory."""
    array, shape = map_array(folder / column.file.name), (height, *column.slots)
    if array.dtype.kind != "f" or not fits(array, shape):
        raise BadValue(
            f"{folder / column.file.name} has shape {array.shape} of {array.dtype}, the manifest says {shape}; {REMEDY}"
        )
    return array if array.shape == shape else np.broadcast_to(array, shape)


def _load_rows(folder: Path, manifest: Manifest) -> NDArray[Any] | None:
    if manifest.rows is None:
        return None
    rows = map_array(folder / manifest.rows.name)
    if rows.dtype.kind != "i" or rows.ndim != 1:
        raise BadValue(
            f"{folder / ROWS} has shape {rows.shape} of {rows.dtype}, it needs one axis of integers; {REMEDY}"
        )
    _check_rows(rows, manifest.height)
    return rows


def _check_rows(rows: NDArray[Any], height: int) -> None:
    if len(rows) and not -1 <= int(rows.min()) <= int(rows.max()) < height:
        raise BadValue(f"{ROWS} points outside the {height:,} rows of the table; {REMEDY}")


def _write_files(folder: Path, name: str, content: Content) -> Manifest:
    height: int | None = None
    columns: list[Column] = []
    seen: Counter[str] = Counter()
    for values in content.columns:
        height = len(values.values) if height is None else height
        seen[values.metric] += 1
        file = values.metric if seen[values.metric] == 1 else f"{values.metric}-{seen[values.metric]}"
        stored = _save(folder / f"{file}.npy", values.values)
        columns.append(Column(values.metric, values.fidelities, values.seeds, stored))
        check_values(values, (height, *columns[-1].slots))
    rows = None
    if content.rows is not None:
        _check_rows(content.rows, height or 0)
        rows = _save(folder / ROWS, content.rows)
    manifest = Manifest(
        name=name,
        space=content.space,
        dataset=content.dataset,
        metrics=content.metrics,
        fidelities=tuple(sorted({f for column in columns for f in column.fidelities or ()}, key=thoroughness)),
        height=height or 0,
        columns=tuple(columns),
        rows=rows,
        provenance=dict(content.provenance),
    )
    with (folder / FILE).open("w", encoding="utf-8") as stream:
        stream.write(check(manifest).dump())
        stream.flush()
        os.fsync(stream.fileno())
    return manifest


def _save(path: Path, array: NDArray[Any]) -> StoredFile:
    """Rows are stored side by side: a search asks for many of them at one fidelity, and so does a bulk answer."""
    with path.open("wb") as file:
        np.save(file, np.asfortranarray(array), allow_pickle=False)
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
