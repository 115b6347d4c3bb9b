"""Images in two halves: as a list of their numbers says, or with as many of each class."""

import json
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue

LIMIT = 16 << 20
"""Bytes of the largest list."""

Rows = NDArray[np.int64]


class Halves(NamedTuple):
    """Which official images are halved for NAS-Bench-201, and what the list of its authors is called.

    The list is JSON: under each key the image numbers, counted from 0, as numbers or as text, or after the word "int".
    """

    of: Literal["training", "test"]
    file: str
    keys: tuple[str, str]


def stratified(labels: NDArray[np.int64], rows: Rows) -> tuple[Rows, Rows]:
    """Two halves of the rows with as many of each class, in ascending order, the same at every call."""
    order = np.random.default_rng(0).permutation(rows)
    classes = [order[labels[order] == label] for label in np.unique(labels[rows])]
    first = np.concatenate([rows[:0], *(members[: len(members) // 2] for members in classes)])
    return np.sort(first), np.setdiff1d(rows, first)


def listed(path: Path, keys: tuple[str, str], count: int) -> tuple[Rows, Rows]:
    """The two halves of `count` images that the file lists, in ascending order.

    Raises `BadValue` unless they are whole numbers from 0 to `count` less one, each of them once in one of the halves.
    """
    lists = _lists(path)
    first, second = (_numbers(path, key, lists.get(key), count) for key in keys)
    both = np.concatenate([first, second])
    counts = np.bincount(both, minlength=count)
    if not len(first) or not len(second) or (counts != 1).any():
        odd = int(np.argmax(counts != 1))
        raise BadValue(
            f"{path}: {keys[0]} has {len(first):,} and {keys[1]} {len(second):,} of {count:,} images, and image {odd} "
            f"is listed {counts[odd]} times; list every image once. Take the list of the data set, or remove the file"
        )
    return np.sort(first), np.sort(second)


def _lists(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except OSError as error:
        raise BadValue(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > LIMIT:
        raise BadValue(f"{path} has more than {LIMIT:,} bytes: it is no list of image numbers; remove it")
    try:
        found = json.loads(content.decode("ascii").replace("'", '"'))
    except (ValueError, RecursionError) as error:
        raise BadValue(f"{path} is no list of image numbers in JSON ({error}); fetch it again, or remove it") from error
    return found if isinstance(found, dict) else {}


def _numbers(path: Path, key: str, values: Any, count: int) -> Rows:
    if isinstance(values, list) and len(values) == 2 and values[0] == "int":
        values = values[1]
    if not isinstance(values, list):
        raise BadValue(f'{path} has no list under "{key}"; take the list of the data set, or remove the file')
    numbers = [_number(value) for value in values[: count + 1]]
    for value, number in zip(values, numbers, strict=False):
        if not 0 <= number < count:
            shown = repr(value)[:40]
            raise BadValue(f"{path}: {key} holds {shown}, which is no image number: they go from 0 to {count - 1:,}")
    return np.array(numbers, np.int64)


def _number(value: Any) -> int:
    """The number that a number or a text is; -1 for anything else."""
    if isinstance(value, str):
        return int(value) if value.isdecimal() and len(value) < 10 else -1
    return value if type(value) is int else -1
