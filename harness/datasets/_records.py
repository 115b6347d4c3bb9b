"""CIFAR's binary versions: records of label bytes and the red, green and blue planes, row by row."""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.datasets._forms import ReadFile
from harness.datasets._source import Shape
from harness.errors import BadValue


def records(labels: int) -> ReadFile:
    """Reads files whose records begin with so many labels, of which the last is the one."""
    return partial(_read, labels)


def _read(labels: int, path: Path, shape: Shape) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """A file, mapped and not read; `BadValue` when it is empty or cut short."""
    record = labels + int(np.prod(shape))
    try:
        values = np.memmap(path, np.uint8, mode="r")
    except OSError as error:
        raise BadValue(f"{path} cannot be read ({error.strerror}); unpack the archive again") from error
    except ValueError as error:
        raise BadValue(f"{path} is empty; unpack the archive again") from error
    if len(values) % record:
        raise BadValue(
            f"{path} has {len(values):,} bytes, no whole number of records of {record:,}; unpack the archive again"
        )
    rows = values.reshape(-1, record)
    return rows[:, labels:], rows[:, labels - 1].astype(np.int64)
