"""A user's own images, named by their path: a folder, or a file of arrays."""

from functools import lru_cache
from pathlib import Path

from harness.datasets._arrays import arrays_dataset
from harness.datasets._folder import folder_dataset, states_in
from harness.errors import BadValue
from harness.files import state_of
from harness.live.dataset import Dataset
from harness.trust import allowed

ARRAYS = ".npz"


def own(path: str) -> Dataset:
    """The data set at this path, from the current folder; read again only when it changes.

    docs/datasets.md says what folders and files look like. Raises `BadValue` where it is not there, or is otherwise.
    """
    place = allowed(Path(path).expanduser())
    if place.suffix == ARRAYS and place.is_file():
        return _arrays(path, place.absolute(), (tuple(state_of(place)),))
    if place.is_dir():
        return _folder(path, place.absolute(), states_in(place))
    raise BadValue(f"dataset = {path!r} is neither a folder of images nor a {ARRAYS} file; give the path of one")


@lru_cache(maxsize=2)
def _arrays(name: str, path: Path, states: tuple[tuple[int | str, ...], ...]) -> Dataset:
    return arrays_dataset(name, path)


@lru_cache(maxsize=2)
def _folder(name: str, path: Path, states: tuple[tuple[int | str, ...], ...]) -> Dataset:
    return folder_dataset(name, path)
