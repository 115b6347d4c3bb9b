"""Reading a NATS-Bench folder: one packed pickle for each architecture, in parallel, a shard at a time."""

import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from harness import pickles
from harness.errors import BadValue
from harness.files import digest, state_of
from harness.pool import in_processes
from harness.space import SearchSpace
from tabular.content import Content
from tabular.importers._nats import Archive
from tabular.importers._trials import Trials, read_trials, save_shard
from tabular.job import Job
from tabular.releases import identify

SHARD = 128
"""Architectures in one shard: what an interruption costs at most, for each process."""

META = "meta.pickle.pbz2"
_FILE = re.compile(r"(\d+)\.pickle\.pbz2")


class Part(NamedTuple):
    """The work of one shard: the files to read, by official index and string, and where their trials go."""

    shard: Path
    files: tuple[tuple[int, str, Path], ...]


def read_folder(
    kind: str, path: Path, job: Job, space: SearchSpace, schedules: Sequence[str], source: Mapping[str, str]
) -> dict[str, Content]:
    """Read every architecture's file into the tables of their data sets; those that lack a file are not measured.

    Raises `BadValue`, naming the file, for whatever is not what it should be.
    """
    files = _files(path, space)
    texts = [space.encode(arch) for arch in space.all()]
    _check_meta(path / META, texts)
    parts = []
    for k in range(0, len(files), SHARD):
        chunk = tuple((index, texts[index], file) for index, file in files[k : k + SHARD])
        state = digest([state_of(file) for *_, file in chunk])
        parts.append(Part(job.scratch / f"{k:06d}-{state}.npz", chunk))
    missing = [part for part in parts if not part.shard.exists()]
    done = len(files) - sum(len(part.files) for part in missing)
    for part in in_processes(partial(_read_part, schedules=schedules), missing, job.workers):
        done += len(part.files)
        job.progress(done, len(files))
    archive = Archive(space, [part.shard for part in parts])
    return archive.contents(
        {
            **source,
            "file": f"{path.name}, {len(files):,} files, sha256 {archive.sha256}",
            "release": identify(kind, path),
        }
    )


def _files(path: Path, space: SearchSpace) -> list[tuple[int, Path]]:
    """The files of the architectures by official index, ascending."""
    if not path.is_dir():
        raise BadValue(f"{path} is no folder: give the one of the files {0:06d}.pickle.pbz2, {1:06d}.pickle.pbz2, …")
    found: dict[int, Path] = {}
    for file in sorted(path.iterdir()):
        match = _FILE.fullmatch(file.name)
        if match is None:
            continue
        index = int(match[1])
        if index >= space.size:
            raise BadValue(f"{file} is of architecture {index:,}: {space.name} has 0 to {space.size - 1:,}")
        if index in found:
            raise BadValue(f"{found[index].name} and {file.name} in {path} are of the same architecture: keep one")
        found[index] = _sound(file)
    if not found:
        raise BadValue(f"{path} holds no file of an architecture, such as {0:06d}.pickle.pbz2")
    return sorted(found.items())


def _sound(file: Path) -> Path:
    """The path, if it leads to a file of bounded size, and to no folder, pipe or device."""
    if not file.is_file():
        raise BadValue(f"{file} is no file: the folder holds one for each architecture")
    if file.stat().st_size > pickles.PACKED:
        raise BadValue(f"{file} has more than {pickles.PACKED:,} bytes: it is no file of this kind")
    return file


def _check_meta(path: Path, texts: Sequence[str]) -> None:
    """The official strings, if the folder says them, are ours in our order."""
    if not path.exists():
        return
    meta = _unpickled(_sound(path))
    if meta.get("meta_archs") != list(texts):
        raise BadValue(f"{path} lists other architectures, or in another order: it is of another benchmark")


def _read_part(part: Part, *, schedules: Sequence[str]) -> None:
    trials, digests = [], []
    for index, text, file in part.files:
        digests.append(hashlib.sha256(file.read_bytes()).digest())
        trials.append(_read(file, index, text, schedules))
    save_shard(part.shard, [index for index, *_ in part.files], trials, b"".join(digests))


def _read(file: Path, index: int, text: str, schedules: Sequence[str]) -> Trials:
    trials: Trials = {}
    for schedule, results in _unpickled(file).items():
        try:
            if not isinstance(results, dict) or results.get("arch_index") != index:
                raise BadValue(f"it is not of architecture {index}, as its name says")
            if str(results.get("arch_str")) not in (text, str(index)):
                raise BadValue(f"it is of {results.get('arch_str')!r:.100}; architecture {index} is {text}")
            if str(schedule) not in schedules:
                raise BadValue(f"it has a schedule {schedule!r:.20}; there are {', '.join(schedules)}")
            trials |= read_trials(results, (int(schedule),))
        except BadValue as error:
            raise BadValue(f"{file} cannot be used: {error}") from error
    if not trials:
        raise BadValue(f"{file} holds no training: download it again")
    return trials


def _unpickled(file: Path) -> Mapping[Any, Any]:
    try:
        value = pickles.read(io.BytesIO(pickles.read_bz2(file)))
    except BadValue as error:
        raise BadValue(f"{file}: {error}") from error
    if not isinstance(value, dict):
        raise BadValue(f"{file} holds no results: it is of another kind")
    return value
