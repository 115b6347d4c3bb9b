"""CIFAR's binary version: records of a label byte and the red, green and blue planes, row by row."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.datasets._source import Source
from harness.errors import BadValue

TRAINING = tuple(f"data_batch_{k}.bin" for k in range(1, 6))
TESTING = "test_batch.bin"
SHAPE = (3, 32, 32)
RECORD = 1 + 3 * 32 * 32


def holds_binary(folder: Path) -> bool:
    """Whether any file of the binary version lies in the folder."""
    return any((folder / name).is_file() for name in (*TRAINING, TESTING))


def read_binary(folder: Path) -> Source:
    """The six files of the binary version, mapped and not read; `BadValue` when one is missing or cut short."""
    files = [_records(folder / name) for name in (*TRAINING, TESTING)]
    labels = np.concatenate([records[:, 0] for records in files]).astype(np.int64)
    testing = np.arange(len(labels)) >= len(labels) - len(files[-1])
    return Source(partial(_pixels, files), labels, testing)


def _records(path: Path) -> NDArray[np.uint8]:
    """The records of a file, shape (images, bytes)."""
    try:
        values = np.memmap(path, np.uint8, mode="r")
    except OSError as error:
        raise BadValue(f"{path} cannot be read ({error.strerror}); unpack the archive again") from error
    except ValueError as error:
        raise BadValue(f"{path} is empty; unpack the archive again") from error
    if len(values) % RECORD:
        raise BadValue(
            f"{path} has {len(values):,} bytes, no whole number of records of {RECORD:,}; unpack the archive again"
        )
    return values.reshape(-1, RECORD)


def _pixels(files: Sequence[NDArray[np.uint8]], rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    ends = np.cumsum([len(records) for records in files])
    at = np.searchsorted(ends, rows, side="right")
    pixels = np.empty((len(rows), RECORD - 1), np.uint8)
    for k, records in enumerate(files):
        pixels[at == k] = records[rows[at == k] - (ends[k] - len(records)), 1:]
    return pixels.reshape(-1, *SHAPE)
