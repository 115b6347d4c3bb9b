"""What is done of an experiment at a time: one block, by whatever process it is handed to."""

import shutil
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness import registry
from harness.block_files import WHOLE, block_state, write_block
from harness.core import TabularBenchmark
from harness.errors import BadValue
from harness.executors import Executor
from harness.experiment.blocks import Block, uses_gpu
from harness.experiment.config import Spec
from harness.experiment.opened import opened, stand_in
from harness.experiment.proxy_block import run_proxy_block
from harness.experiment.search_block import run_search_block
from harness.experiment.trainings import Train
from harness.files import alone
from harness.trust import Trust, trust, trusted


@dataclass(frozen=True, slots=True)
class Work:
    """The blocks of a results folder, with what the user trusts; called with one, it runs that block."""

    folder: Path
    trusted: Trust | None

    def __call__(self, block: Block, trainers: Executor | None = None) -> None:
        """Run the block and write its files; one that is there, since somebody died after that, is left.

        What a killed driver left behind on a cluster may still be at it: its end is waited for.

        A live search of some width has its networks trained by the `trainers`.
        """
        if not (self.folder / "manifest.json").exists():
            raise BadValue(f"a worker does not see {self.folder}: driver and workers need a file system in common")
        trust(self.trusted)
        with alone(self.folder / "journal" / f"{block.id}.lock"):
            if block_state(self.folder, block.kind, block.id) != WHOLE:
                _run(block, self.folder, trainers)
            forget(block, self.folder)


def forget(block: Block, folder: Path) -> None:
    """Remove what only an unfinished block needs."""
    _journal(block, folder).unlink(missing_ok=True)
    shutil.rmtree(_checkpoints(block, folder), ignore_errors=True)


def _run(block: Block, folder: Path, trainers: Executor | None) -> None:
    spec = _keeping("benchmark", block.benchmark, block, folder)
    given = block.fingerprint
    benchmark = opened(spec, given) if trainers is None else stand_in(_on_cpu(spec), given)
    kind = "algorithm" if block.kind == "search" else "proxy"
    own = replace(block, items={k: _keeping(kind, item, block, folder) for k, item in block.items.items()})
    if block.kind == "search":
        train = Train(spec, given, _checkpoints(block, folder), trusted())
        with nullcontext() if trainers is None else trainers.start(train, block.width) as crew:
            columns, measured = run_search_block(own, benchmark, _journal(block, folder), crew)
        history: dict[str, Any] = {}
    else:
        assert isinstance(benchmark, TabularBenchmark)
        columns, history, measured = run_proxy_block(own, benchmark)
    write_block(folder, block.kind, block.id, columns, history, measured)


def _on_cpu(spec: Spec) -> Spec:
    """The benchmark for who has others train on it, and may have no GPU."""
    return {key: value for key, value in spec.items() if key not in ("device", "amp")} if uses_gpu(spec) else spec


def _keeping(kind: str, spec: Spec, block: Block, folder: Path) -> Spec:
    """The item; one that can keep half-trained networks keeps them in this folder until the block is done."""
    if "checkpoints" in spec or not registry.accepts(kind, spec["name"], "checkpoints"):
        return spec
    return spec | {"checkpoints": str(_checkpoints(block, folder))}


def _journal(block: Block, folder: Path) -> Path:
    return folder / "journal" / f"{block.id}.jsonl"


def _checkpoints(block: Block, folder: Path) -> Path:
    path = folder / "checkpoints" / block.id
    if path.is_symlink():
        raise BadValue(f"{path} is a link, and half-trained networks stay in the folder; remove it")
    return path
