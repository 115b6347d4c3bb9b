"""Reading the records of NAS-Bench-101's TFRecord files: one training of one cell each."""

import binascii
import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.errors import BadValue
from harness.files import write_atomically
from harness.spaces.nb101 import RULE, Cell, indices, read_cell
from tabular.importers._nb101_metrics import Metrics, read_metrics
from tabular.importers._tfrecord import Span, read_records

SCHEDULES = (4, 12, 36, 108)
"""The lengths of training in epochs."""

MEASURED = ("seconds", "train_accuracy", "valid_accuracy", "test_accuracy")
"""What is kept of each evaluation, halfway and at the end; accuracies in percent."""

KEPT = np.dtype(
    [
        ("index", np.int32),
        ("schedule", np.uint8),
        ("module_hash", np.uint64, 2),
        ("params", np.float64),
        ("total_seconds", np.float64),
        *((name, np.float64, 2) for name in MEASURED),
    ]
)
"""Of each record the index of its cell, the place of its epochs in `SCHEDULES`, two halves of the hash, the values."""


class Task(NamedTuple):
    """Records to be read, and the file to keep what they say."""

    source: Path
    span: Span
    target: Path


class Record(NamedTuple):
    """One training: the official hash of the cell, the epochs of its schedule, the cell, and what was measured."""

    module_hash: bytes
    epochs: int
    cell: Cell
    metrics: Metrics


def read_span(task: Task) -> None:
    """Read the records and keep them as a `.npy` of `KEPT`, unless that is done; a `BadValue` says which one is bad."""
    if task.target.exists():
        return
    records = []
    for number, data in enumerate(read_records(task.source, task.span), task.span.first):
        try:
            records.append(read_record(data))
        except BadValue as error:
            raise BadValue(f"{task.source}: record {number}: {error}") from error
    file = io.BytesIO()
    np.save(file, _kept(task, records), allow_pickle=False)
    write_atomically(task.target, file.getvalue())


def read_record(data: bytes) -> Record:
    """Read `[module_hash, epochs, adjacency, operations, metrics]`; a `BadValue` says what is wrong."""
    try:
        module_hash, epochs, adjacency, operations, metrics = _row(data)
        digest = bytes.fromhex(module_hash)
        message = binascii.a2b_base64("".join(metrics.split()), strict_mode=True)
    except (ValueError, TypeError, RecursionError) as error:
        raise BadValue(f"it is no row of hash, epochs, adjacency, operations and metrics ({error})") from error
    if len(digest) != 16:
        raise BadValue(f"its hash {module_hash!r} has not 32 digits")
    if epochs not in SCHEDULES:
        raise BadValue(f"it was trained for {epochs} epochs, not {', '.join(map(str, SCHEDULES))}")
    record = Record(digest, epochs, read_cell(adjacency, operations), read_metrics(message))
    for evaluation, due in zip(record.metrics.evaluations, (0, epochs // 2, epochs), strict=True):
        if round(evaluation.epoch) != due:
            raise BadValue(f"of {epochs} epochs it was evaluated at epoch {evaluation.epoch:g} instead of {due}")
    return record


def _row(data: bytes) -> tuple[str, int, str, str, str]:
    row: Any = json.loads(data.decode())
    if not isinstance(row, list) or [type(item) for item in row] != [str, int, str, str, str]:
        raise ValueError("it has other parts")
    module_hash, epochs, adjacency, operations, metrics = row
    return module_hash, epochs, adjacency, operations, metrics


def _kept(task: Task, records: list[Record]) -> NDArray[np.void]:
    hashes, epochs, cells, metrics = zip(*records, strict=True)
    kept = np.empty(len(records), dtype=KEPT)
    kept["index"] = _indices(task, cells)
    kept["schedule"] = [SCHEDULES.index(number) for number in epochs]
    kept["module_hash"] = np.frombuffer(b"".join(hashes), dtype=np.uint64).reshape(-1, 2)
    kept["params"] = [record.params for record in metrics]
    kept["total_seconds"] = [record.total_seconds for record in metrics]
    evaluations = np.array([record.evaluations[1:] for record in metrics])
    for k, name in enumerate(MEASURED, 1):
        kept[name] = evaluations[:, :, k] * (1 if name == "seconds" else 100)
    return kept


def _indices(task: Task, cells: tuple[Cell, ...]) -> NDArray[np.int32]:
    found = indices(*np.array(cells).T)
    if (found < 0).any():
        number = task.span.first + int(np.argmax(found < 0))
        raise BadValue(f"{task.source}: record {number}: its graph is no cell of nb101: {RULE}")
    return found
