"""A user's own folder of images as a data set: train/CLASS, test/CLASS and, where there is one, valid/CLASS."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.datasets._decode import decode, decode_resized, measure
from harness.datasets._halves import stratified
from harness.datasets._image_folder import TEST, TRAIN, VALID, Listed, class_folders, list_images, reading
from harness.datasets._scale import scale_of
from harness.errors import BadValue
from harness.files import state_of
from harness.live.dataset import Dataset, Part
from harness.live.images import LazyImages, Read
from harness.toml_file import read_toml
from harness.trust import allowed_folder

ABOUT = "dataset.toml"
LARGEST = 1024
"""Points of a side that images may have or be given."""


def folder_dataset(name: str, root: Path) -> Dataset:
    """The folder's images as red, green and blue, (n, 3, size, size) or of the one size that all of them have.

    `size` in its dataset.toml is what they are brought to. Without `valid`, half of each class of `train` validates.
    """
    folders = class_folders(root, _parts(root))
    if not folders:
        raise BadValue(f"{root} has no folder {TRAIN}; put images into {TRAIN}/CLASS and {TEST}/CLASS")
    listed, labels = list_images([allowed_folder(folder) for folder in folders])
    part = np.array([folder.parent.name for folder in folders])[listed.within]
    names = [folder.name for folder in folders if folder.parent.name == TRAIN]
    rows = {one: np.flatnonzero(part == one) for one in (TRAIN, VALID, TEST)}
    if (root / VALID).is_dir():
        how = f"{VALID} as given"
    else:
        rows[TRAIN], rows[VALID] = stratified(labels, rows[TRAIN])
        how = f"train and valid are halves of {TRAIN} with as many of each class"
    _check(root, names, labels, rows)
    read, shape = _reader(root, listed)
    scale = scale_of(read, rows[TRAIN])
    made = (Part(LazyImages(read, rows[one], shape, scale), labels[rows[one]]) for one in (TRAIN, VALID, TEST))
    return Dataset(name, len(names), *made, scale=scale, description=f"{len(labels):,} images of {root}; {how}")


def states_in(root: Path) -> tuple[tuple[int | str, ...], ...]:
    """What changes when images are added or removed."""
    places = [*class_folders(root, _parts(root)), *([root / ABOUT] if (root / ABOUT).exists() else [])]
    return tuple(tuple(state_of(path)) for path in places)


def _parts(root: Path) -> tuple[str, ...]:
    return (TRAIN, VALID, TEST) if (root / VALID).is_dir() else (TRAIN, TEST)


def _reader(root: Path, listed: Listed) -> tuple[Read, tuple[int, int, int]]:
    """What reads the images, and the shape in which they come."""
    size = _size(root / ABOUT)
    if size is not None:
        return reading(listed, (3, size, size), decode_resized), (3, size, size)
    try:
        with listed.path(0).open("rb") as file:
            height, width = measure(file)
    except (OSError, ValueError) as error:
        raise BadValue(f"{listed.path(0)} cannot be used ({error}); put a sound PNG or JPEG there") from error
    if max(height, width) > LARGEST:
        raise BadValue(
            f"{listed.path(0)} has {width:,}x{height:,} points, more than {LARGEST:,} a side: say what size images are "
            f"to be brought to, as in size = 32, in {root / ABOUT}"
        )
    return reading(listed, (3, height, width), decode), (3, height, width)


def _size(path: Path) -> int | None:
    if not path.exists():
        return None
    _, about = read_toml(path)
    size = about.get("size")
    if set(about) != {"size"} or type(size) is not int or not 2 <= size <= LARGEST:
        raise BadValue(f"{path} says size = {size!r}: it has one line, size = 2 to {LARGEST:,}, points of a side")
    return size


def _check(root: Path, names: Sequence[str], labels: NDArray[np.int64], rows: Mapping[str, NDArray[np.int64]]) -> None:
    """Refuse a class without an image to train or to validate, and a test part without any."""
    for part in (TRAIN, VALID):
        empty = np.flatnonzero(np.bincount(labels[rows[part]], minlength=len(names)) == 0)
        if len(empty):
            raise BadValue(
                f"{root}: no image of {names[empty[0]]} is left to {part}; put at least two PNG or JPEG files into "
                f"each class of {TRAIN}, or one there and one in {VALID}"
            )
    if not len(rows[TEST]):
        raise BadValue(f"{root / TEST} has no images; put PNG or JPEG files there, in a folder for each class")
