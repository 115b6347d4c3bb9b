"""Minting `digits201`: every class of NAS-Bench-201 cells is trained by the live loop; a killed minting goes on.

First all classes are trained, three seeds side by side; then one network of each is timed alone, on the thread's own
clock, which what else the machine does hardly moves.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, Fidelity
from harness.datasets.digits import digits
from harness.live.training import Training, train
from harness.spaces.nb201 import Nb201

SEEDS = (0, 1, 2)
FRACTIONS = (0.25, 1.0)
SCHEDULES = tuple((data, schedule) for data in FRACTIONS for schedule in (3, 12))
FIDELITIES = tuple(Fidelity(epoch, schedule, data) for data, schedule in SCHEDULES for epoch in range(1, schedule + 1))
METRICS = ("train_loss", "train_accuracy", "valid_loss", "valid_accuracy", "test_loss", "test_accuracy")
SHARD = 16
"""Classes per shard: at most half a minute of work, which is all that a kill can cost."""

Columns = dict[str, NDArray[Any]]
Measure = Callable[[Arch], Columns]


def classes() -> list[int]:
    """The official indices of the 6,466 canonical cells, ascending."""
    space = Nb201()
    return [i for i, arch in enumerate(space.all()) if space.canonical(arch) == arch]


def measure(arch: Arch) -> Columns:
    """Train one architecture at every schedule; metrics of shape (fidelities, seeds)."""
    epochs = [
        epoch
        for data, schedule in SCHEDULES
        for epoch in train(Training(arch, digits(), Fidelity(schedule, schedule, data), SEEDS), schedule)
    ]
    return {name: np.array([getattr(epoch, name) for epoch in epochs], np.float32) for name in METRICS}


def clock(arch: Arch) -> Columns:
    """Seconds of one network: an epoch of training at each fraction of the data, shape (fractions,), and validating it.

    A first epoch warms up and does not count.
    """
    timed = []
    for data, epochs in zip(FRACTIONS, (2, 1), strict=True):
        *_, last = train(Training(arch, digits(), Fidelity(epochs, epochs, data), SEEDS[:1]), epochs)
        timed.append([last.train_seconds, last.valid_seconds])
    training, validation = np.array(timed, np.float32).T
    return {"train_seconds": training, "valid_seconds": validation[-1]}


def mint_shards(folder: Path, workers: int, *, wanted: Sequence[int] | None = None) -> Iterator[tuple[int, int]]:
    """Train and time what is not yet in `folder`; yields (shards done, shards in all) as they come in.

    `wanted` are official indices, all classes without it.
    """
    wanted = classes() if wanted is None else wanted
    chunks = [wanted[k : k + SHARD] for k in range(0, len(wanted), SHARD)]
    stages = {"training": measure, "timing": clock}
    done, total = 0, len(stages) * len(chunks)
    for name, stage in stages.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        missing = [(path, chunk) for path, chunk in _paths(folder / name, chunks) if not path.exists()]
        done += len(chunks) - len(missing)
        yield done, total
        for _ in _in_parallel(stage, missing, workers):
            done += 1
            yield done, total


def _paths(folder: Path, chunks: Sequence[Sequence[int]]) -> Iterator[tuple[Path, Sequence[int]]]:
    for k, chunk in enumerate(chunks):
        yield folder / f"{k:04d}.npz", chunk


def _in_parallel(stage: Measure, missing: list[tuple[Path, Sequence[int]]], workers: int) -> Iterator[None]:
    if workers == 1:
        for path, chunk in missing:
            _mint_shard(stage, path, chunk)
            yield
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        futures = [pool.submit(_mint_shard, stage, path, chunk) for path, chunk in missing]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _mint_shard(stage: Measure, path: Path, indices: Sequence[int]) -> None:
    archs = Nb201().all()
    rows = [stage(archs[i]) for i in indices]
    columns: dict[str, Any] = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, index=np.array(indices), **columns)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
