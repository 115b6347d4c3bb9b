"""Runs an experiment: every block that is not in the results folder yet, in parallel, resumable after a kill."""

import errno
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.block_files import DAMAGED, MISSING, WHOLE, block_state, remove_block, truth_state, write_truth
from harness.errors import BadValue, NasgaugeError
from harness.executors import Executor, InProcess
from harness.experiment.blocks import Block
from harness.experiment.build import open_benchmark
from harness.experiment.config import Experiment
from harness.experiment.manifest import truth_columns
from harness.experiment.plan import plan
from harness.experiment.work import Work, forget
from harness.files import locked, sweep, write_json
from harness.provenance import record_session, recorded
from harness.results import read_manifest
from harness.trust import trusted

Progress = Callable[[int, int, str], None]
"""Told the blocks done, the blocks in all, and what the last one was."""

OURS = {"checkpoints", "history", "journal", "measured", "proxy", "report", "search", "truth"}
OURS |= {".lock", "environment.json", "log.txt"}
"""What may stand in a results folder before its manifest does."""

FILES = {".lock", "environment.json", "log.txt", "manifest.json"}
"""Those that are files; the others are folders."""

KEPT = ("search", "proxy", "journal")
"""Where work is kept: a new folder in which an error left all of them empty goes away again."""

UNWRITABLE = {errno.EACCES, errno.EDQUOT, errno.EIO, errno.ENOSPC, errno.EPERM, errno.EROFS}
"""What a disk says that takes no more."""

log = logging.getLogger("nasgauge")


def run(
    experiment: Experiment, folder: Path, executor: Executor | None = None, progress: Progress = lambda *_: None
) -> list[str]:
    """Run what is missing; everything is checked before anything is written. Without an executor it is done here.

    Returns what was found damaged, and was therefore done again. Raises `BadValue` when the folder holds another
    experiment or another process is running it.
    """
    folder = folder.absolute()
    blocks, manifest = plan(experiment)
    try:
        return _run(blocks, manifest, folder, executor or InProcess(), progress)
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        raise BadValue(
            f"{error.filename or folder} cannot be written ({error.strerror}); mend that and run it again, and what is "
            "done is kept, or name another folder with --out"
        ) from error


def _run(
    blocks: list[Block], manifest: dict[str, Any], folder: Path, executor: Executor, progress: Progress
) -> list[str]:
    new = not folder.exists()
    _make(folder)
    with locked(
        folder / ".lock", f"another process is running in {folder}; wait for it, or name another folder with --out"
    ):
        _adopt(folder, manifest)
        try:
            return _run_missing(blocks, manifest["studies"], folder, executor, progress)
        except NasgaugeError:
            if new and not any(path.is_file() for kind in KEPT for path in (folder / kind).glob("*")):
                shutil.rmtree(folder)
            raise


def _run_missing(
    blocks: list[Block], studies: list[dict[str, Any]], folder: Path, executor: Executor, progress: Progress
) -> list[str]:
    damaged = _write_truths(studies, folder)
    pending = []
    for block in blocks:
        state = block_state(folder, block.kind, block.id)
        if state == WHOLE:
            forget(block, folder)
            continue
        pending.append(block)
        if state != MISSING:
            damaged.append(
                f"{block.kind} {block.label}, seeds {block.seeds[0]}-{block.seeds[-1]}: {state.removeprefix(DAMAGED)}"
            )
            remove_block(folder, block.kind, block.id)
    for what in damaged:
        log.warning("found damaged and done again: %s", what)
    done = len(blocks) - len(pending)
    crew = "a cluster" if executor.workers is None else f"{executor.workers} workers"
    log.info("%s: %d of %d blocks to run with %s", folder, len(pending), len(blocks), crew)
    if pending or not recorded(folder):
        record_session(folder, {"engine": executor.name, "workers": executor.workers})
    progress(done, len(blocks), "")
    for block in executor.run(Work(folder, trusted()), pending):
        done += 1
        log.info("%s %s seeds %d-%d done", block.kind, block.label, block.seeds[0], block.seeds[-1])
        progress(done, len(blocks), block.label)
    for left in (folder / "journal").glob("*.lock"):
        left.unlink(missing_ok=True)  # of processes that were killed
    sweep(folder, ended=True)
    return damaged


def _write_truths(studies: list[dict[str, Any]], folder: Path) -> list[str]:
    """Write the truths that are not there; returns which were there and damaged."""
    damaged = []
    for study in studies:
        name = f"study-{study['study']}"
        if study["kind"] != "proxy" or (state := truth_state(folder, name)) == WHOLE:
            continue
        if state != MISSING:
            damaged.append(f"the truth of study {study['study']}: {state.removeprefix(DAMAGED)}")
        write_truth(folder, name, truth_columns(study, open_benchmark(study["source"])))
    return damaged


def _make(folder: Path) -> None:
    """Make the folder; one that holds other things is refused, so that nobody's files are mixed with results."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = {path.name for path in folder.iterdir()}
        strange = sorted(name for name in names & (OURS | FILES) if not _is_ours(folder / name))
    except OSError as error:
        raise BadValue(f"{folder} cannot hold results ({error.strerror}); name another folder with --out") from error
    foreign = sorted(name for name in names - OURS if not name.endswith(".partial"))
    if foreign and "manifest.json" not in names:
        raise BadValue(
            f"{folder} holds files that are no results ({', '.join(foreign[:3])}{', ...' * (len(foreign) > 3)}); "
            "name another folder with --out"
        )
    if strange:
        raise BadValue(
            f"{folder / strange[0]} is a link, or not the kind of file that belongs there; remove it, or name another "
            "folder with --out"
        )


def _is_ours(path: Path) -> bool:
    """Whether it is what we would make there: a file or a folder, and no link, which may lead anywhere."""
    return not path.is_symlink() and (path.is_file() if path.name in FILES else path.is_dir())


def _adopt(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest, or check that it is the same one; sweep away what a kill left half-written.

    Claims may change: they are for the report alone.
    """
    found = read_manifest(folder)
    older = set() if found is None else {"datasets"} - found.keys()  # versions before this one did not say it
    changed = [
        key for key in manifest if found and key not in older and _unclaimed(found, key) != _unclaimed(manifest, key)
    ]
    if changed:
        raise BadValue(
            f"{folder} holds the results of another experiment (different: {', '.join(changed)}); "
            "name another folder with --out, or move this one away"
        )
    for kind in ("history", "journal", "measured", "proxy", "search", "truth"):
        (folder / kind).mkdir(exist_ok=True)
    sweep(folder)
    if found != manifest:
        write_json(folder / "manifest.json", manifest)


def _unclaimed(manifest: dict[str, Any], key: str) -> Any:
    """A part of the manifest without the claims."""
    part = manifest.get(key)
    return {name: value for name, value in part.items() if name != "claim"} if isinstance(part, dict) else part
