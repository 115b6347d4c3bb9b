"""The forms that a data set is published in, and where their files are looked for."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.datasets._image_folder import class_folders, read_folders
from harness.datasets._source import Reader, Shape, Source, joined
from harness.errors import BadValue

ReadFile = Callable[[Path, Shape], tuple[NDArray[np.uint8], NDArray[np.int64]]]
"""Reads a file of images of this shape: the images, (images, bytes) or mapped as such, and their labels."""


@dataclass(frozen=True, eq=False)
class Form:
    """Files that an archive unpacks to, in `folder`. `where` says where it is had; `md5` knows files by their names."""

    where: str
    folder: str
    training: tuple[str, ...]
    testing: tuple[str, ...]
    read: ReadFile
    md5: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """All files, those for training first."""
        return (*self.training, *self.testing)

    def source(self, files: Sequence[Path], shape: Shape) -> Source:
        """The images of these files, which are called as in `names`."""
        images, labels = zip(*(self.read(path, shape) for path in files), strict=True)
        training = sum(map(len, labels[: len(self.training)]))
        together = np.concatenate(labels)
        return Source(joined(images, shape), together, np.arange(len(together)) >= training)


class Found(NamedTuple):
    """Where images lie: the folder, the files or folders that they change with, and what reads them."""

    folder: Path
    files: tuple[Path, ...]
    read: Reader


def find(name: str, forms: Sequence[Form], root: Path) -> Found | None:
    """The first of these below `root`: official files, a folder of images, Parquet files.

    They are looked for in the data set's own folder, in what the archives unpack to, and in `root` itself, there only
    under names that no other data set has.
    """
    own = root / name
    for folder in (own, *(base / form.folder for base in (own, root) for form in forms)):
        found = _official(folder, forms) or (_encoded(folder) if folder == own else None)
        if found:
            return found
    plain = [form for form in forms if len(form.training) > 1]
    parquet = _parquet(root, re.compile(re.sub(r"(?<=[a-z])(?=\d)", "[-_]?", name) + r"(?!\d).*\.parquet"))
    return _official(root, plain) or parquet


def suspects(files: Sequence[Path], known: Mapping[str, str]) -> str:
    """Which files are not those that were published, in words; their checksums are looked at only now."""
    return "".join(
        f"; {path.name} has the MD5 {found}, the published one {known[path.name]}"
        for path in files
        if path.name in known and (found := _md5(path)) != known[path.name]
    )


def _official(folder: Path, forms: Sequence[Form]) -> Found | None:
    for form in forms:
        files = [folder / name for name in form.names]
        missing = [path.name for path in files if not path.is_file()]
        if not missing:
            return Found(folder, tuple(files), form.source)
        if len(missing) < len(files):
            named = ", ".join(f"{name} (MD5 {form.md5[name]})" if name in form.md5 else name for name in missing)
            raise BadValue(f"{folder} lacks {named}: unpack {form.where} again")
    return None


def _encoded(folder: Path) -> Found | None:
    folders = class_folders(folder)
    return Found(folder, folders, read_folders) if folders else _parquet(folder, re.compile(r".*\.parquet"))


def _parquet(folder: Path, pattern: re.Pattern[str]) -> Found | None:
    from harness.datasets._parquet_images import read_parquet

    files = sorted(path for path in folder.glob("*.parquet") if pattern.fullmatch(path.name.lower()))
    return Found(folder, tuple(files), read_parquet) if files else None


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
