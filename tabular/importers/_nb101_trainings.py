"""All trainings of a NAS-Bench-101 TFRecord file, gathered from what was kept of its records."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.core import Fidelity
from harness.errors import BadValue
from tabular.content import Values
from tabular.importers._nb101_records import MEASURED, SCHEDULES, Task
from tabular.importers._nb101_rows import Rows, check_hashes, rows_of

SEEDS = (0, 1, 2)
"""The repeated trainings of a cell, in the order of the file: their random seeds were not published."""


class Trainings(NamedTuple):
    """Of each record its row, its schedule, as a place in `SCHEDULES`, and its repeat."""

    tasks: Sequence[Task]
    schedule: NDArray[np.uint8]
    repeat: NDArray[np.uint8]
    rows: Rows

    @property
    def schedules(self) -> list[int]:
        """The lengths of training that occur."""
        return [SCHEDULES[k] for k in np.unique(self.schedule)]

    @property
    def height(self) -> int:
        """The number of rows."""
        return len(self.rows.classes)

    @property
    def missing(self) -> int:
        """How many trainings there are less than three for each cell and schedule."""
        return self.height * len(self.schedules) * len(SEEDS) - len(self.repeat)


def gather(tasks: Sequence[Task]) -> Trainings:
    """Number the repeats; a `BadValue` names the record of a cell's fourth training in the same schedule."""
    index = np.concatenate([_load(task, "index") for task in tasks])
    schedule = np.concatenate([_load(task, "schedule") for task in tasks])
    repeat = _repeats(index.astype(np.int64) * len(SCHEDULES) + schedule)
    if (repeat >= len(SEEDS)).any():
        number = 1 + int(np.argmax(repeat >= len(SEEDS)))
        raise BadValue(
            f"{tasks[0].source}: record {number}: the cell was trained three times for as many epochs before"
        )
    return Trainings(tasks, schedule, repeat.astype(np.uint8), rows_of(index))


def columns(trainings: Trainings, params: NDArray[np.float64]) -> Iterator[Values]:
    """The table's columns, each made when it is asked for: seconds and accuracies, halfway and at the end; costs."""
    schedules = trainings.schedules
    fidelities = tuple(Fidelity(epochs, whole) for whole in schedules for epochs in (whole // 2, whole))
    for metric in MEASURED:
        yield Values(metric, fidelities, SEEDS, _column(trainings, metric, 2))
    ends = tuple(Fidelity(whole, whole) for whole in schedules)
    yield Values("total_seconds", ends, SEEDS, _column(trainings, "total_seconds", 1))
    yield Values("params", None, None, params[:, None])


def check_cells(trainings: Trainings) -> tuple[NDArray[np.float64], str]:
    """The parameters of each row, shape (rows, 1), and what was checked.

    A `BadValue` names the training whose hash or parameters are not those of its cell's others.
    """
    hashes = np.zeros((trainings.height, 2), dtype=np.uint64)
    params = np.full((trainings.height, 1), np.nan)
    for task, part in _parts(trainings):
        place = trainings.rows.place[part]
        new = np.isnan(params[place, 0])
        for name, known in (("module_hash", hashes), ("params", params)):
            values = _load(task, name).reshape(len(place), -1)
            known[place[new][::-1]] = values[new][::-1]  # the first of a cell stays
            differs = (known[place] != values).any(axis=1)
            if differs.any():
                number = task.span.first + int(np.argmax(differs))
                raise BadValue(f"{task.source}: record {number}: its {name} is not that of the same cell before")
    return params, check_hashes(trainings.tasks[0].source, trainings.rows.classes, hashes)


def _column(trainings: Trainings, metric: str, evaluations: int) -> NDArray[np.float64]:
    """The values of a metric, shape (rows, schedules x evaluations, repeats)."""
    schedules = trainings.schedules
    slots = np.searchsorted(schedules, SCHEDULES) * evaluations
    values = np.full((trainings.height, len(schedules) * evaluations, len(SEEDS)), np.nan)
    for task, part in _parts(trainings):
        found = _load(task, metric).reshape(-1, evaluations)
        place, slot, repeat = trainings.rows.place[part], slots[trainings.schedule[part]], trainings.repeat[part]
        for k in range(evaluations):
            values[place, slot + k, repeat] = found[:, k]
    return values


def _parts(trainings: Trainings) -> Iterator[tuple[Task, slice]]:
    """The tasks, and where their records stand among all."""
    stops = [task.span.first - 1 for task in trainings.tasks[1:]]
    for task, stop in zip(trainings.tasks, [*stops, len(trainings.repeat)], strict=True):
        yield task, slice(task.span.first - 1, stop)


def _repeats(key: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each key occurred before."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    repeats = np.empty(len(key), dtype=np.int64)
    repeats[order] = np.arange(len(key)) - np.repeat(begins, np.diff(np.r_[begins, len(key)]))
    return repeats


def _load(task: Task, name: str) -> NDArray[Any]:
    """One field of what was kept, in memory."""
    return np.array(np.load(task.target, mmap_mode="r", allow_pickle=False)[name])
