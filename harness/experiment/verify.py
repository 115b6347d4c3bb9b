"""Whether a results folder is what its experiment makes here: it is planned again, and some runs are made again.

Nothing is written in the folder.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import ValidationError

from harness.block_files import DAMAGED, WHOLE, block_state, truth_state
from harness.errors import BadValue
from harness.executors import Executor, Task
from harness.experiment.comparison import Compared
from harness.experiment.config import Experiment
from harness.experiment.differences import Differences, differences
from harness.experiment.plan import plan
from harness.experiment.rerun import Rerun
from harness.experiment.sample import Run, Stored, draw_runs
from harness.results import read_manifest
from harness.trust import trusted


class Verifiable(NamedTuple):
    """What can be verified of a folder: its whole blocks, and in words what differs before anything is run.

    `written` is how many blocks the manifest lists; `damaged` says what is wrong with some.
    """

    folder: Path
    blocks: list[Stored]
    written: int
    damaged: list[str]
    differences: Differences


def prepare(folder: Path) -> Verifiable:
    """Plan the folder's experiment again and look at what is stored; `BadValue` where it cannot be planned at all."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise BadValue(f"{folder} holds no results: it has no manifest.json; name the folder of an experiment that ran")
    planned, now = plan(_experiment(manifest, folder))
    found = differences(folder, manifest, now)
    pairs = [Stored(old["id"], block) for old, block in _paired(manifest["blocks"], planned)]
    states = {one.name: block_state(folder, one.block.kind, one.name) for one in pairs}
    truths = [truth_state(folder, f"study-{study['study']}") for study in now["studies"]]
    return Verifiable(
        folder,
        [one for one in pairs if states[one.name] == WHOLE],
        len(manifest["blocks"]),
        [state for state in (*states.values(), *truths) if state.startswith(DAMAGED)],
        found,
    )


def rerun(what: Verifiable, count: int, seed: int, executor: Executor) -> Iterator[tuple[Run, Compared]]:
    """Make so many runs of a folder again, drawn by the seed, and compare each; in the order in which they end."""
    runs = draw_runs(what.blocks, count, np.random.default_rng(seed))
    task: Task[Run] = Rerun(what.folder, trusted())
    with executor.start(task, len(runs)) as crew:
        waiting, left = list(reversed(runs)), len(runs)
        while left:
            while waiting and crew.room > 0:
                crew.submit(waiting.pop())
            for done in crew.wait():
                left -= 1
                yield done.part, done.result


def _experiment(manifest: Mapping[str, Any], folder: Path) -> Experiment:
    """The experiment without its claims, in which a study that cannot be planned here is left out."""
    try:
        experiment = Experiment.model_validate(manifest["experiment"])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BadValue(
            f"the experiment in {folder / 'manifest.json'} is none of this version's ({place}: {first['msg']}); "
            "verify the folder with the version that made it"
        ) from None
    search = [section.model_copy(update={"optional": True}) for section in experiment.search]
    proxy = [section.model_copy(update={"optional": True}) for section in experiment.proxy]
    return experiment.model_copy(update={"search": search, "proxy": proxy, "claim": []})


def _paired(stored: Sequence[Mapping[str, Any]], planned: Sequence[Any]) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Stored blocks with planned ones: by name, and by place in studies where names have changed."""
    for study in dict.fromkeys(block.study for block in planned):
        old = [block for block in stored if block["study"] == study]
        new = [block for block in planned if block.study == study]
        if [(block["kind"], block.get("label")) for block in old] == [(block.kind, block.label) for block in new]:
            yield from zip(old, new, strict=True)
            continue
        known = {block["id"]: block for block in old}
        yield from ((known[block.id], block) for block in new if block.id in known)
