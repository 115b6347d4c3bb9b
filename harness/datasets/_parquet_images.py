"""Encoded images in Parquet files, decoded when they are asked for."""

import io
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from harness.datasets._decode import decode
from harness.datasets._source import Shape, Source
from harness.errors import BadValue

IMAGE = ("image", "img", "jpeg", "png", "bytes")
LABEL = ("fine_label", "fine_labels", "label", "labels", "target", "class", "y")
IS_TRAIN, SPLIT = "is_train", "split"
"""What the columns are called: of several that could hold images, the one by the first of these names is taken."""

ROWS = 2048
"""Rows that are unpacked at once: a page that is unpacked takes three times the memory of what is kept of it."""


def read_parquet(paths: Sequence[Path], shape: Shape) -> Source:
    """The images of the files one after the other, JPEG or PNG, each of `shape` (channels, height, width).

    A column of bytes, or of structs with a field `bytes`, holds the images; `label` or `fine_label` their classes. A
    column `is_train` (true or false) or `split` (train or test) says which are for training; where there is none, the
    file's name does.
    Raises `BadValue` for a file that is damaged or holds something else.
    """
    images, labels, testing = zip(*map(_columns, paths), strict=True)
    stored = pa.chunked_array([chunk for column in images for chunk in column.chunks])
    return Source(partial(_decode_all, stored, shape), np.concatenate(labels), np.concatenate(testing))


def _columns(path: Path) -> tuple[Any, NDArray[np.int64], NDArray[np.bool_]]:
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            schema = file.schema_arrow
            image, label = _image(path, schema), _label(path, schema)
            split = next((name for name in (IS_TRAIN, SPLIT) if name in schema.names), None)
            columns = [image, label, *([split] if split else [])]
            batches = list(file.iter_batches(ROWS, columns=columns, use_threads=False))
        for batch in batches:
            batch.validate(full=True)
    except BadValue:
        raise
    except (OSError, ValueError, pa.ArrowException) as error:
        raise BadValue(f"{path} cannot be read ({error}); fetch it again") from error
    if not batches:
        raise BadValue(f"{path} has no rows; fetch it again")
    table = pa.Table.from_batches(batches)
    for name in table.column_names:
        if table[name].null_count:
            raise BadValue(f"{path}: {table[name].null_count:,} rows of column {name!r} are empty; fetch it again")
    images = table[image]
    if pa.types.is_struct(images.type):
        images = pc.struct_field(images, "bytes")
    return images, table[label].to_numpy().astype(np.int64), _testing(path, table, split)


def _testing(path: Path, table: Any, split: str | None) -> NDArray[np.bool_]:
    if split is None:
        words = [word for word in ("train", "test") if word in path.stem.lower()]
        if len(words) != 1:
            raise BadValue(
                f"{path} does not say which images are for training: add a column {IS_TRAIN} (true or false) or "
                f"{SPLIT} (train or test), or give train and test a file each, with the word in its name"
            )
        return np.full(len(table), words[0] == "test")
    values = np.array(table[split].to_pylist())
    if split == IS_TRAIN and values.dtype == bool:
        return ~values
    wrong = sorted({str(value) for value in values} - {"train", "test"})
    if wrong:
        raise BadValue(
            f"{path}: column {split!r} holds {wrong[0]!r}; give {IS_TRAIN} as true or false, {SPLIT} as words"
        )
    found: NDArray[np.bool_] = values == "test"
    return found


def _image(path: Path, schema: Any) -> str:
    """The name of the column that holds encoded images."""
    found = [field.name for field in schema if _holds_bytes(field.type)]
    known = [name for name in IMAGE if name in found]
    if not known and len(found) != 1:
        raise BadValue(
            f"{path} has no single column of encoded images; call it image. It has {', '.join(schema.names)}"
        )
    return (known or found)[0]


def _holds_bytes(kind: Any) -> bool:
    if pa.types.is_struct(kind):
        at = kind.get_field_index("bytes")
        return at >= 0 and _holds_bytes(kind.field(at).type)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _label(path: Path, schema: Any) -> str:
    found = [name for name in LABEL if name in schema.names and pa.types.is_integer(schema.field(name).type)]
    if not found:
        raise BadValue(f"{path} has no column of labels, whole numbers called label. It has {', '.join(schema.names)}")
    return found[0]


def _decode_all(stored: Any, shape: Shape, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    images = np.empty((len(rows), *shape), np.uint8)
    for k, row in enumerate(rows.tolist()):
        try:
            images[k] = decode(io.BytesIO(stored[row].as_py()), shape)
        except ValueError as error:
            raise BadValue(f"image {row} of the Parquet files cannot be decoded ({error}); fetch them again") from error
    return images
