"""Encoded images in Parquet files."""

from functools import cache
from typing import Any

import numpy as np
from picture_files import encoded, pixels_of

from fuzz.parquet import parquet_of
from fuzz.scratch import put
from harness.datasets._parquet_images import read_parquet


@cache
def values() -> list[Any]:
    images = [encoded(one, kind) for one, kind in zip(pixels_of(4, 8), ("PNG", "JPEG") * 2, strict=True)]
    return [{"image": images, "label": [0, 1, 0, 1], "is_train": [True, True, False, False]},
            {"img": [{"bytes": one, "path": "x"} for one in images], "fine_label": [0, 1, 0, 1],
             "split": ["train", "train", "test", "test"]}]  # fmt: skip


def pack(value: Any) -> bytes:
    return parquet_of(value)


def seeds() -> list[bytes]:
    return [pack(value) for value in values()]


def check(data: bytes) -> None:
    source = read_parquet([put("images.parquet", data)], (3, 8, 8))
    assert len(source.labels) == len(source.testing)
    source.read(np.arange(min(len(source.labels), 8)))
