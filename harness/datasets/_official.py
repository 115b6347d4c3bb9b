"""Published data sets: found in one of their forms, checked, and split as NAS-Bench-201 splits them.

Dong & Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020, section 2.2.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.data_folder import datasets_folder
from harness.datasets._forms import Form, Found, find, suspects
from harness.datasets._halves import Halves, Rows, listed, stratified
from harness.datasets._source import Shape, Source
from harness.errors import BadValue
from harness.files import state_of
from harness.live.dataset import Dataset, Part
from harness.live.images import LazyImages, Scale

State = tuple[tuple[int | str, ...], ...]


@dataclass(frozen=True, eq=False)
class Official:
    """What is known of a data set: `sizes` are how many images there are for training, and how many for testing."""

    name: str
    title: str
    classes: int
    shape: Shape
    scale: Scale
    sizes: tuple[int, int]
    forms: tuple[Form, ...]
    halves: Halves

    @property
    def where(self) -> str:
        """Where the data set is had, in words."""
        return ", or ".join(form.where for form in self.forms)


def open_official(official: Official) -> Dataset:
    """The data set, whose images are read when they are asked for; `BadValue` when it is not there, or damaged.

    It is opened again only when its files change.
    """
    root = datasets_folder()
    found = find(official.name, official.forms, root)
    if not found:
        raise BadValue(
            f"{official.title} is not in {root}: unpack {official.where} into {root / official.name}, or put Parquet "
            "files of its images there, or PNG or JPEG files in folders train/CLASS and test/CLASS. "
            f"NASGAUGE_DATASETS names another folder than {root}"
        )
    places = (found.folder, root / official.name, root)
    lists = next(
        ((folder / official.halves.file,) for folder in places if (folder / official.halves.file).exists()), ()
    )
    return _opened(official, found, lists, tuple(tuple(state_of(path)) for path in (*found.files, *lists)))


@lru_cache(maxsize=2)
def _opened(official: Official, found: Found, lists: tuple[Path, ...], states: State) -> Dataset:
    """The data set in these files; the states change when the files do."""
    source = _read(official, found)
    training, test = (np.flatnonzero(source.testing == testing) for testing in (False, True))
    rows = training if official.halves.of == "training" else test
    first, second = _cut(official, source.labels, rows, lists)
    parts = (first, second, test) if official.halves.of == "training" else (training, first, second)
    made = (Part(LazyImages(source.read, part, official.shape, official.scale), source.labels[part]) for part in parts)
    return Dataset(
        official.name, official.classes, *made, scale=official.scale, description=_described(official, found, lists)
    )


def _cut(official: Official, labels: NDArray[np.int64], rows: Rows, lists: tuple[Path, ...]) -> tuple[Rows, Rows]:
    if not lists:
        return stratified(labels, rows)
    first, second = listed(lists[0], official.halves.keys, len(rows))
    return rows[first], rows[second]


def _described(official: Official, found: Found, lists: tuple[Path, ...]) -> str:
    parts = "train and valid" if official.halves.of == "training" else "valid and test"
    names = f"{found.files[0].name} to {found.files[-1].name}" if len(found.files) > 1 else found.files[0].name
    how = (
        f"those that {lists[0].name} lists, in the order of these files"
        if lists
        else f"halves with as many of each class, drawn once, not those of NAS-Bench-201: there is no "
        f"{official.halves.file}"
    )
    return f"{official.title} from {names}; {parts} are {how}"


def _read(official: Official, found: Found) -> Source:
    """The images, checked; a `BadValue` names the files that differ from the published ones."""
    try:
        source = found.read(found.files, official.shape)
        for split, wanted, testing in zip(("training", "test"), official.sizes, (False, True), strict=True):
            _check(official, found.folder, split, wanted, source.labels[source.testing == testing])
    except BadValue as error:
        known = {name: md5 for form in official.forms for name, md5 in form.md5.items()}
        raise BadValue(f"{error}{suspects(found.files, known)}") from error
    return source


def _check(official: Official, folder: Path, split: str, wanted: int, labels: NDArray[np.int64]) -> None:
    """Refuse what cannot be the data set: its classes are equally large where that is possible."""
    title, classes = official.title, official.classes
    again = f"fetch it again: {official.where}"
    if len(labels) != wanted:
        raise BadValue(f"{folder} holds {len(labels):,} {split} images, {title} has {wanted:,}; {again}")
    wrong = labels[(labels < 0) | (labels >= classes)]
    if len(wrong):
        raise BadValue(f"{folder}: a {split} image has the label {wrong[0]}, {title}'s are 0 to {classes - 1}; {again}")
    counts = np.bincount(labels, minlength=classes)
    odd = np.flatnonzero(counts != wanted // classes)
    if len(odd) and wanted % classes == 0:
        raise BadValue(
            f"{folder}: class {odd[0]} has {counts[odd[0]]:,} {split} images, each of {title}'s has "
            f"{wanted // classes:,}; {again}"
        )
