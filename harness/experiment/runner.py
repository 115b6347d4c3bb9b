"""Runs an experiment: every block that is not in the results folder yet, in parallel, resumable after a kill."""

import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from harness.core import Benchmark, TabularBenchmark
from harness.errors import BadValue, NasgaugeError
from harness.experiment.blocks import Block, open_benchmark
from harness.experiment.config import Experiment, Spec
from harness.experiment.manifest import environment, truth_columns
from harness.experiment.plan import plan
from harness.experiment.proxy_block import run_proxy_block
from harness.experiment.search_block import run_search_block
from harness.files import locked, write_json
from harness.pool import in_processes
from harness.registry import accepts
from harness.results import finished, read_manifest, shard, write_measured, write_shard

Progress = Callable[[int, int, str], None]
"""Told the blocks done, the blocks in all, and what the last one was."""

OURS = {"checkpoints", "history", "journal", "measured", "proxy", "report", "search", "truth"}
OURS |= {".lock", "environment.json", "log.txt"}
"""What may stand in a results folder before its manifest does."""

KEPT = ("search", "proxy", "journal")
"""Where work is kept: a new folder in which an error left all of them empty goes away again."""

log = logging.getLogger("nasgauge")


def run(experiment: Experiment, folder: Path, *, workers: int = 1, progress: Progress = lambda *_: None) -> None:
    """Run what is missing; everything is checked before anything is written.

    Raises `BadValue` when the folder holds another experiment or another process is running it.
    """
    blocks, manifest = plan(experiment)
    new = not folder.exists()
    _make(folder)
    with locked(
        folder / ".lock", f"another process is running in {folder}; wait for it, or name another folder with --out"
    ):
        _adopt(folder, manifest)
        try:
            _run_missing(blocks, manifest["studies"], folder, workers, progress)
        except NasgaugeError:
            if new and not any(path.is_file() for kind in KEPT for path in (folder / kind).glob("*")):
                shutil.rmtree(folder)
            raise


def _run_missing(
    blocks: list[Block], studies: list[dict[str, Any]], folder: Path, workers: int, progress: Progress
) -> None:
    for study in studies:
        name = f"study-{study['study']}"
        if study["kind"] == "proxy" and not shard(folder, "truth", name).exists():
            write_shard(folder, "truth", name, truth_columns(study, open_benchmark(study["source"])))
    pending = []
    for block in blocks:
        if finished(folder, block.kind, block.id):
            _forget(block, folder)
        else:
            pending.append(block)
    done = len(blocks) - len(pending)
    log.info("%s: %d of %d blocks to run with %d workers", folder, len(pending), len(blocks), workers)
    progress(done, len(blocks), "")
    for block in in_processes(partial(_run_block, folder), pending, workers):
        done += 1
        log.info("%s %s seeds %d-%d done", block.kind, block.label, block.seeds[0], block.seeds[-1])
        progress(done, len(blocks), block.label)


def _make(folder: Path) -> None:
    """Make the folder; one that holds other things is refused, so that nobody's files are mixed with results."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise BadValue(f"{folder} cannot hold results ({error.strerror}); name another folder with --out") from error
    foreign = sorted(name for name in names - OURS if not name.endswith(".partial"))
    if foreign and "manifest.json" not in names:
        raise BadValue(
            f"{folder} holds files that are no results ({', '.join(foreign[:3])}{', ...' * (len(foreign) > 3)}); "
            "name another folder with --out"
        )


def _adopt(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest, or check that it is the same one; sweep away what a kill left half-written.

    Claims may change: they are for the report alone.
    """
    found = read_manifest(folder)
    changed = [] if found is None else [key for key in manifest if _unclaimed(found, key) != _unclaimed(manifest, key)]
    if changed:
        raise BadValue(
            f"{folder} holds the results of another experiment (different: {', '.join(changed)}); "
            "name another folder with --out, or move this one away"
        )
    for kind in ("search", "proxy", "history", "truth", "measured"):
        (folder / kind).mkdir(exist_ok=True)
    for path in folder.rglob("*.partial"):
        if path.is_file():
            path.unlink(missing_ok=True)
    if not (folder / "environment.json").exists():
        write_json(folder / "environment.json", environment())
    if found != manifest:
        write_json(folder / "manifest.json", manifest)


def _unclaimed(manifest: dict[str, Any], key: str) -> Any:
    """A part of the manifest without the claims."""
    part = manifest.get(key)
    return {name: value for name, value in part.items() if name != "claim"} if isinstance(part, dict) else part


def _run_block(folder: Path, block: Block) -> None:
    benchmark = _opened(tuple(sorted(_keeping("benchmark", block.benchmark, block, folder).items())))
    kind = "algorithm" if block.kind == "search" else "proxy"
    own = replace(block, items={k: _keeping(kind, item, block, folder) for k, item in block.items.items()})
    if block.kind == "search":
        columns, measured = run_search_block(own, benchmark, _journal(block, folder))
    else:
        assert isinstance(benchmark, TabularBenchmark)
        columns, history, measured = run_proxy_block(own, benchmark)
        if history:
            write_shard(folder, "history", block.id, history)
    write_measured(folder, block.id, measured)
    write_shard(folder, block.kind, block.id, columns)
    _forget(block, folder)


def _keeping(kind: str, spec: Spec, block: Block, folder: Path) -> Spec:
    """The item; one that can keep half-trained networks keeps them in this folder until the block is done."""
    if "checkpoints" in spec or not accepts(kind, spec["name"], "checkpoints"):
        return spec
    return spec | {"checkpoints": str(_checkpoints(block, folder))}


def _forget(block: Block, folder: Path) -> None:
    """Remove what only an unfinished block needs."""
    _journal(block, folder).unlink(missing_ok=True)
    shutil.rmtree(_checkpoints(block, folder), ignore_errors=True)


def _journal(block: Block, folder: Path) -> Path:
    return folder / "journal" / f"{block.id}.jsonl"


def _checkpoints(block: Block, folder: Path) -> Path:
    return folder / "checkpoints" / block.id


@lru_cache(maxsize=8)
def _opened(spec: tuple[tuple[str, Any], ...]) -> Benchmark:
    return open_benchmark(dict(spec))
