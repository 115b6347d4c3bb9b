"""Minting `digits201`: every class of NAS-Bench-201 cells trained by the live loop, in parallel, resumable after a kill."""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, Fidelity
from harness.datasets.digits import digits
from harness.live.training import Training, reproducible, train
from harness.spaces.nb201 import Nb201

SEEDS = (0, 1, 2)
SCHEDULES = tuple((data, schedule) for data in (0.25, 1.0) for schedule in (3, 12))
FIDELITIES = tuple(Fidelity(epoch, schedule, data) for data, schedule in SCHEDULES for epoch in range(1, schedule + 1))
METRICS = ("train_loss", "train_accuracy", "valid_loss", "valid_accuracy", "test_loss", "test_accuracy")
SHARD = 16
"""Classes per shard: about twenty seconds of work, which is the most that a kill can cost."""


def classes() -> list[int]:
    """The official indices of the 6,466 canonical cells, ascending."""
    space = Nb201()
    return [i for i, arch in enumerate(space.all()) if space.canonical(arch) == arch]


def measure(arch: Arch) -> dict[str, NDArray[np.float32]]:
    """Train one architecture at every schedule; metrics of shape (fidelities, seeds), seconds of shape (fidelities,)."""
    epochs = [
        epoch
        for data, schedule in SCHEDULES
        for epoch in train(Training(arch, digits(), Fidelity(schedule, schedule, data), SEEDS), schedule)
    ]
    seconds = ("train_seconds", "valid_seconds")
    return {name: np.array([getattr(epoch, name) for epoch in epochs], np.float32) for name in (*METRICS, *seconds)}


def mint_shards(folder: Path, workers: int) -> Iterator[tuple[int, int]]:
    """Train what is not yet in `folder`; yields (shards done, shards in all) as they come in."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = classes()
    shards = {folder / f"{k // SHARD:04d}.npz": wanted[k : k + SHARD] for k in range(0, len(wanted), SHARD)}
    missing = {path: indices for path, indices in shards.items() if not path.exists()}
    done = len(shards) - len(missing)
    yield done, len(shards)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=reproducible) as pool:
        futures = [pool.submit(_mint_shard, path, indices) for path, indices in missing.items()]
        for future in as_completed(futures):
            future.result()
            done += 1
            yield done, len(shards)


def _mint_shard(path: Path, indices: list[int]) -> None:
    archs = Nb201().all()
    rows = [measure(archs[i]) for i in indices]
    columns = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, index=np.array(indices), **columns)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
