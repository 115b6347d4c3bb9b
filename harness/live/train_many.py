"""Many cells of NAS-Bench-201 trained at once, in groups side by side and in parallel processes."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from harness import registry
from harness.core import Arch
from harness.errors import BadValue
from harness.files import write_json
from harness.live.epoch_result import EpochResult
from harness.live.many import ManyPlan, ManyTrainer
from harness.live.recipe import SgdRecipe
from harness.live.setup import Setup
from harness.live.skeletons import Official, Small
from harness.live.task import Share, place
from harness.pool import in_processes

TOGETHER = 64
"""Networks that train side by side."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is done with each cell: `epochs` of a schedule, in this skeleton, on a share of a registered data set."""

    dataset: str
    skeleton: Small | Official
    recipe: SgdRecipe
    schedule: int
    epochs: int
    share: Share = field(default_factory=Share)
    setup: Setup = field(default_factory=Setup)


class _Part(NamedTuple):
    """Some of the networks, by the number of each, and the file that takes their histories."""

    job: Job
    networks: tuple[tuple[int, Arch, int], ...]
    together: int
    path: Path


def train_many(
    cells: Sequence[tuple[Arch, int]], job: Job, *, together: int = TOGETHER, processes: int = 1
) -> list[list[EpochResult]]:
    """The history of each cell, which comes with its seed: as if it were trained alone, up to rounding.

    `together` networks train side by side: the more, the more memory they take. `processes` share the work on the CPU,
    with one thread each where the setup is deterministic. A training that diverged ends where it did.
    """
    for name, value in (("together", together), ("processes", processes)):
        if not isinstance(value, int) or value < 1:
            raise BadValue(f"{name} = {value!r}: give a whole number of at least 1")
    if processes > 1 and job.setup.device != "cpu":
        raise BadValue(f"processes = {processes} share the CPU alone, and the device is {job.setup.device!r}; give 1")
    numbered = [(k, arch, seed) for k, (arch, seed) in enumerate(cells)]
    stripes = [tuple(numbered[k::processes]) for k in range(processes)]
    with tempfile.TemporaryDirectory(prefix="nasgauge-") as folder:
        parts = [_Part(job, one, together, Path(folder) / f"{k}.json") for k, one in enumerate(stripes) if one]
        found: dict[int, list[EpochResult]] = {}
        for part in in_processes(_train, parts, processes):
            found |= {number: _history(rows) for number, rows in json.loads(part.path.read_text())}
    return [found[k] for k in range(len(numbered))]


def _train(part: _Part) -> None:
    """Train a part's networks, so many at a time, and write their histories by their numbers."""
    job, histories = part.job, []
    task = place(registry.load("dataset", job.dataset)(), job.share, job.setup)
    for first in range(0, len(part.networks), part.together):
        some = part.networks[first : first + part.together]
        networks = [job.skeleton.build(arch, task.shape, seed) for _, arch, seed in some]
        plan = ManyPlan(job.recipe, job.schedule, tuple(seed for _, _, seed in some))
        trainer = ManyTrainer(networks, task, plan, job.setup)  # type: ignore[arg-type]
        while trainer.epoch < job.epochs:
            trainer.run_epoch()
        histories += [(number, history) for (number, _, _), history in zip(some, trainer.histories, strict=True)]
    write_json(part.path, histories)


def _history(rows: Sequence[Sequence[float]]) -> list[EpochResult]:
    return [EpochResult(*row) for row in rows]  # type: ignore[arg-type]
