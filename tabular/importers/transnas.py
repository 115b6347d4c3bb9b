"""Importing TransNAS-Bench-101 (Duan et al., CVPR 2021): `transnas-bench_v10141024.pth`.

A torch file of one dictionary; `data` holds by space ('macro', 'micro'), network and task the curves of one training
(`metrics`), its `total_epochs`, and what the network costs (`model_info`). What the numbers mean follows from the
authors' training code, github.com/yawen-d/TransNASBench: accuracies and mIoU are percent, `time_elapsed` is the time
since training began, `model_FLOPs` are multiply-adds of one image, `inference_time` is seconds for one image of 720 x
1080 pixels; the seed is 666.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from harness.core import SearchSpace
from harness.errors import BadValue
from harness.pickles import read
from harness.registry import load
from tabular.content import Content
from tabular.importers._origin import origin
from tabular.importers._transnas_curves import Curves
from tabular.importers._transnas_task import Results, task_table
from tabular.job import Job
from tabular.torch_file import open_object

SPACES = {"micro": "transnas_micro", "macro": "transnas_macro"}
"""The space of each part of the file."""


class Part(NamedTuple):
    """The networks of one space: their indices in rising order, and the results of each by task."""

    space: SearchSpace
    indices: Sequence[int]
    results: Sequence[Mapping[str, Results]]


def transnas(path: Path, job: Job) -> dict[str, Content]:
    """Read the file into one table per space and task, called like `micro-class_scene`.

    Every value of every epoch is kept. Raises `BadValue` for a file that is not TransNAS-Bench-101, for networks of
    other spaces, and for values that cannot be.
    """
    with open_object(path) as stream:
        size = path.stat().st_size
        data = read(stream, on_dict=Curves(lambda: job.progress(min(stream.tell(), size), size)))
    job.progress(size, size)
    parts = {key: _part(path, key, networks) for key, networks in _parts(path, data).items()}
    provenance = origin(
        "transnas",
        path,
        "TransNAS-Bench-101 (Duan et al., CVPR 2021)",
        read="one training per network, whose seed is that of the authors' scripts",
    )
    made = {}
    for key, part in parts.items():
        for task in dict.fromkeys(task for results in part.results for task in results):
            made[f"{key}-{task}"] = _table(path, part, task, provenance)
    return made


def _parts(path: Path, data: Any) -> dict[str, Any]:
    """The networks of each space."""
    parts = data.get("data") if isinstance(data, dict) else None
    if not isinstance(parts, dict) or not parts or not parts.keys() <= SPACES.keys():
        raise BadValue(f"{path} is not TransNAS-Bench-101: it needs 'data' with {' and '.join(map(repr, SPACES))}")
    return parts


def _part(path: Path, key: str, networks: Any) -> Part:
    """Check and sort the networks of a space."""
    space: SearchSpace = load("space", SPACES[key])()
    if not isinstance(networks, dict) or not networks:
        raise BadValue(f"{path}: it has no networks of the {key} space")
    found = {}
    for text, results in networks.items():
        index = space.index(space.decode(str(text)))
        if index in found:
            raise BadValue(f"{path}: network {text!r} occurs twice")
        found[index] = _results(f"{path}, network {text!r}", results)
    indices = sorted(found)
    return Part(space, indices, [found[index] for index in indices])


def _results(where: str, results: Any) -> dict[str, Results]:
    """What the file holds of one network, by task."""
    if not isinstance(results, dict):
        raise BadValue(f"{where}: it needs results by task and has {type(results).__name__}")
    return {str(task): Results.of(f"{where}, task {task!r}", fields) for task, fields in results.items()}


def _table(path: Path, part: Part, task: str, provenance: Mapping[str, str]) -> Content:
    """The table of one task, with rows for the networks that were trained for it."""
    trained = [(i, results[task]) for i, results in zip(part.indices, part.results, strict=True) if task in results]
    metrics, columns, checks = task_table(f"{path}, task {task!r}", task, [results for _, results in trained])
    rows = np.full(part.space.size, -1, dtype=np.int32)
    rows[[index for index, _ in trained]] = np.arange(len(trained))
    counted = f"{len(trained):,} of {part.space.size:,} networks, each once; {checks}"
    whole = len(trained) == part.space.size
    return Content(part.space.name, metrics, columns, {**provenance, "checks": counted}, rows=None if whole else rows)
