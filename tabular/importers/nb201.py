"""Importing NAS-Bench-201 (Dong & Yang, ICLR 2020): the `.pth` file of version 1.0 or 1.1."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from harness import pickles
from harness.errors import BadValue
from harness.spaces.nb201 import Nb201
from tabular.content import Content
from tabular.importers._nats import Archive
from tabular.importers._trials import Trials, read_trials, save_shard
from tabular.job import Job
from tabular.releases import digests, identify
from tabular.torch_file import open_object

SCHEDULES = (12, 200)
SHARD = 128
VERSIONS = "single cells differ by points between versions 1.0, 1.1 and NATS-Bench: never mix them"


def nb201(path: Path, job: Job) -> dict[str, Content]:
    """Read the file into one table for each data set: cifar10, cifar100, ImageNet16-120.

    The file is one pickle: it is read from its beginning to its end, each architecture let go as soon as its values are
    taken, and an interrupted import begins again. Raises `BadValue` for what is damaged, hostile, or of another kind.
    """
    space = Nb201()
    shards = _Shards(job.scratch, [space.encode(arch) for arch in space.all()], job.progress)
    try:
        with ThreadPoolExecutor(1) as beside:
            checksums = beside.submit(digests, path)
            written = _read(path, shards)
            release = identify("nb201", path, checksums.result())
    except BaseException:
        shards.discard()
        raise
    archive = Archive(space, written)
    provenance = {"source": "NAS-Bench-201 (Dong & Yang, ICLR 2020)", "release": release, "versions": VERSIONS}
    return archive.contents({**provenance, "file": f"{path.name}, sha256 {checksums.result()['sha256']}"})


class _Shards:
    """Takes the results of each architecture as they come, and writes shards of them."""

    def __init__(self, folder: Path, texts: list[str], progress: Callable[[int, int], None]) -> None:
        self._folder, self._texts, self._progress = folder, texts, progress
        self._trials: dict[int, Trials] = {}
        self._written: set[int] = set()
        self._paths: list[Path] = []

    def take(self, found: dict[Any, Any]) -> bool:
        """Whether these were an architecture's results with one schedule, which are kept now."""
        if "all_results" not in found:
            return False
        index, text = found.get("arch_index"), found.get("arch_str")
        if type(index) is not int or not 0 <= index < len(self._texts) or text != self._texts[index]:
            raise BadValue(
                f"it holds {text!r:.100} as architecture {index!r:.20}, which is another one in NAS-Bench-201"
            )
        if index not in self._trials and len(self._trials) >= SHARD:
            self._write()
        trials = read_trials(found, SCHEDULES)
        if index in self._written or trials.keys() & self._trials.get(index, {}).keys():
            raise BadValue(f"it holds architecture {index} twice")
        if trials:
            self._trials.setdefault(index, {}).update(trials)
        return True

    def close(self) -> list[Path]:
        """Write what is left; returns all shards."""
        if self._trials:
            self._write()
        return self._paths

    def discard(self) -> None:
        """Remove all shards: an import that failed begins again without them."""
        for path in self._paths:
            path.unlink()

    def _write(self) -> None:
        path = self._folder / f"{len(self._paths):06d}.npz"
        save_shard(path, list(self._trials), list(self._trials.values()), bytes(32 * len(self._trials)))
        self._paths.append(path)
        self._written.update(self._trials)
        self._trials.clear()
        self._progress(len(self._written), len(self._texts))


def _read(path: Path, shards: _Shards) -> list[Path]:
    """Read the whole file; returns the shards of it."""
    try:
        with open_object(path) as stream:
            found = pickles.read(stream, on_dict=shards.take)
        written = shards.close()
    except BadValue as error:
        raise BadValue(f"{path} cannot be used: {error}") from error
    if not isinstance(found, dict) or not written:
        raise BadValue(f"{path} is not the file of NAS-Bench-201: it holds no architecture's results")
    return written
