"""Images as files in folders, one folder for each class: `train/cat/1.png`, `test/cat/2.png`."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.datasets._decode import decode
from harness.datasets._source import Shape, Source
from harness.errors import BadValue
from harness.live.images import Read

SUFFIXES = (".png", ".jpg", ".jpeg")
TRAIN, VALID, TEST = "train", "valid", "test"

Decode = Callable[[BinaryIO, Shape], NDArray[np.uint8]]


class Listed(NamedTuple):
    """Image files by folder and name: `within` is the folder that each lies in, shape (images,)."""

    folders: Sequence[Path]
    names: Sequence[str]
    within: NDArray[np.int64]

    def path(self, row: int) -> Path:
        """The file of an image."""
        return self.folders[int(self.within[row])] / self.names[row]


def class_folders(root: Path, parts: Sequence[str] = (TRAIN, TEST)) -> tuple[Path, ...]:
    """The classes' folders, part by part; none where the first part is no folder.

    Classes stand in the order of their numbers where all are called by numbers, else in that of their names. Raises
    `BadValue` when parts differ in their classes, or one has none.
    """
    if not (root / parts[0]).is_dir():
        return ()
    each = [_classes(root / part) for part in parts]
    first = [folder.name for folder in each[0]]
    for part, folders in zip(parts, each, strict=True):
        other = sorted({folder.name for folder in folders} ^ set(first))
        if not folders or other:
            what = f"and {parts[0]} differ in the classes {', '.join(other[:5])}" if folders else "has no folders"
            raise BadValue(
                f"{root}: {part} {what}; put the images of each class into a folder called like it, "
                f"{' and '.join(f'{name}/cat' for name in parts)}"
            )
    return tuple(folder for folders in each for folder in folders)


def read_folders(folders: Sequence[Path], shape: Shape) -> Source:
    """The images of `class_folders`, each of this shape."""
    listed, labels = list_images(folders)
    testing = np.array([folder.parent.name == TEST for folder in folders])[listed.within]
    return Source(reading(listed, shape, decode), labels, testing)


def list_images(folders: Sequence[Path]) -> tuple[Listed, NDArray[np.int64]]:
    """The images, folder by folder in the order of their names, and their labels; other files are passed over."""
    each = [_images(folder) for folder in folders]
    within = np.repeat(np.arange(len(folders)), [len(names) for names in each])
    classes = sum(folder.parent == folders[0].parent for folder in folders)
    return Listed(folders, [name for names in each for name in names], within), within % classes


def reading(listed: Listed, shape: Shape, decoded: Decode) -> Read:
    """A reader of these images, each decoded when it is asked for."""
    return partial(_decode_all, listed, shape, decoded)


def _decode_all(listed: Listed, shape: Shape, decoded: Decode, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    images = np.empty((len(rows), *shape), np.uint8)
    for k, row in enumerate(rows.tolist()):
        path = listed.path(row)
        try:
            with path.open("rb") as file:
                images[k] = decoded(file, shape)
        except (OSError, ValueError) as error:
            raise BadValue(f"{path} cannot be used ({error}); put a sound PNG or JPEG there, or remove it") from error
    return images


def _classes(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    if all(path.name.isdecimal() for path in found):
        return sorted(found, key=lambda path: (int(path.name), path.name))
    return sorted(found)


def _images(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if _is_image(entry))


def _is_image(entry: "os.DirEntry[str]") -> bool:
    return entry.name.lower().endswith(SUFFIXES) and not entry.name.startswith(".") and entry.is_file()
