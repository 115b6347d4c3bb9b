"""CIFAR-10: 60,000 colour photographs of ten classes, 32x32 (Krizhevsky, technical report, Toronto, 2009)."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.datasets._cifar_binary import SHAPE, TESTING, TRAINING, holds_binary, read_binary
from harness.datasets._source import Source, datasets_folder
from harness.errors import BadValue
from harness.files import state_of
from harness.live.dataset import Dataset, Part
from harness.live.images import LazyImages, Scale

CLASSES = 10
SIZES = {"training": 50_000, "test": 10_000}
SCALE = Scale((125.3 / 255, 123.0 / 255, 113.9 / 255), (63.0 / 255, 62.1 / 255, 66.7 / 255))
"""Mean and standard deviation of the training images by channel, as NAS-Bench-201 rounds them."""

BINARY = "cifar-10-batches-bin"
MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
WHERE = f"cifar-10-binary.tar.gz (MD5 {MD5}) from www.cs.toronto.edu/~kriz/cifar.html"


def cifar10() -> Dataset:
    """The official training images in two halves of 25,000, to train and to validate, and the official test images.

    Read from the official binary version, or from Parquet files of encoded images: see docs/datasets.md. Images are
    (n, 3, 32, 32) in float32, standardised by channel, and read when they are asked for. The halves hold every class
    equally often and are the same at every call; they are not those of NAS-Bench-201, whose list of images is no part
    of the benchmark's files, and files that store the images in another order give other halves. Raises `BadValue`
    when the files are not there, damaged, or not of CIFAR-10.
    """
    files = _files(datasets_folder())
    return _opened(tuple(files), tuple(tuple(state_of(path)) for path in files))


def _files(root: Path) -> list[Path]:
    """The files of the first folder that holds a form of the data set, the binary version before Parquet."""
    folders = [root / "cifar10", root / "cifar10" / BINARY, root / BINARY, root]
    for folder in folders:
        if holds_binary(folder):
            return _all_there([folder / name for name in (*TRAINING, TESTING)])
        parquet = sorted(path for path in folder.glob("*.parquet") if folder != root or _of_cifar10(path))
        if parquet:
            return parquet
    raise BadValue(
        f"CIFAR-10 is in none of {', '.join(map(str, folders))}: unpack {WHERE} there, or put Parquet files of its "
        f"images into {folders[0]}. NASGAUGE_DATASETS names another folder than {root}"
    )


def _of_cifar10(path: Path) -> bool:
    return re.match(r"cifar[-_]?10(?!\d)", path.name.lower()) is not None


def _all_there(paths: list[Path]) -> list[Path]:
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise BadValue(f"{paths[0].parent} lacks {', '.join(missing)}: unpack {WHERE} again")
    return paths


@lru_cache(maxsize=2)
def _opened(files: tuple[Path, ...], states: tuple[tuple[int | str, ...], ...]) -> Dataset:
    """The data set in these files; the states change when the files do."""
    source = _read(files)
    folder = files[0].parent
    _check(folder, "training", source.labels[~source.testing])
    _check(folder, "test", source.labels[source.testing])
    train, valid = _halves(source.labels, np.flatnonzero(~source.testing))
    parts = (_part(source, rows) for rows in (train, valid, np.flatnonzero(source.testing)))
    return Dataset("cifar10", CLASSES, *parts)


def _read(paths: Sequence[Path]) -> Source:
    if paths[0].suffix == ".bin":
        return read_binary(paths[0].parent)
    from harness.datasets._parquet_images import read_parquet

    return read_parquet(paths, SHAPE)


def _check(folder: Path, split: str, labels: NDArray[np.int64]) -> None:
    """Refuse what cannot be CIFAR-10: every class occurs equally often."""
    wanted = SIZES[split]
    again = f"fetch it again: {WHERE}"
    if len(labels) != wanted:
        raise BadValue(f"{folder} holds {len(labels):,} {split} images, CIFAR-10 has {wanted:,}; {again}")
    wrong = labels[(labels < 0) | (labels >= CLASSES)]
    if len(wrong):
        raise BadValue(f"{folder}: a {split} image has the label {wrong[0]}, CIFAR-10's are 0 to 9; {again}")
    counts = np.bincount(labels, minlength=CLASSES)
    odd = np.flatnonzero(counts != wanted // CLASSES)
    if len(odd):
        raise BadValue(
            f"{folder}: class {odd[0]} has {counts[odd[0]]:,} {split} images, each of CIFAR-10's has "
            f"{wanted // CLASSES:,}; {again}"
        )


def _halves(labels: NDArray[np.int64], rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Two halves of the rows with as many of each class, in ascending order, the same at every call."""
    order = np.random.default_rng(0).permutation(rows)
    classes = [order[labels[order] == label] for label in range(CLASSES)]
    first = np.concatenate([members[: len(members) // 2] for members in classes])
    return np.sort(first), np.setdiff1d(rows, first)


def _part(source: Source, rows: NDArray[np.int64]) -> Part:
    return Part(LazyImages(source.read, rows, SHAPE, SCALE), source.labels[rows])
