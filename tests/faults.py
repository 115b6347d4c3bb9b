"""Runs of the command line that something happens to."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd
import tables

SIMULATED = """name = "small"
[[search]]
benchmark = "synthetic"
algorithm = ["random_search", "regularized_evolution", "hyperband"]
seeds = SEEDS
budget = { seconds = 100 }
[[proxy]]
benchmark = "synthetic"
proxy = { name = "reduced_epochs", epochs = [1, 2] }
architectures = 40
seeds = 2
"""
LIVE = """[[search]]
benchmark = "digits_live"
algorithm = { name = "random_search", epochs = 2, schedule = 3, data = 0.25 }
budget = { evaluations = 3 }
seeds = 2
"""
CLOCKS = ["charged", "finished"]
"""What a live run measures by the clock."""

PATIENCE = 120.0


def write_experiment(folder: Path, seeds: int = 150, live: bool = False) -> Path:
    """The experiment as a file: simulated searches and proxies, and one that trains, which takes longer to begin."""
    path = folder / "small.toml"
    path.write_text(SIMULATED.replace("SEEDS", str(seeds)) + LIVE * live)
    return path


def command(experiment: Path, out: Path, *options: object) -> list[str]:
    """`nasgauge run`, by this interpreter."""
    return [sys.executable, "-m", "harness", "run", str(experiment), "--out", str(out), *map(str, options)]


def engine_options(engine: str) -> list[str]:
    """Two workers, where the engine has any."""
    return ["--engine", engine, *([] if engine == "in_process" else ["--workers", "2"])]


def start(words: list[str], data: Path, **variables: str) -> "subprocess.Popen[str]":
    """Begin a command in a session of its own, so that all of its processes can be killed at once."""
    return subprocess.Popen(
        words, env=tables.environment(data) | variables, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """The exit code of a command that ends by itself, and all that it printed."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        kill_all(process)
        raise
    return process.returncode, out + err


def kill_all(process: "subprocess.Popen[str]") -> None:
    """`kill -9` for the command and all of its processes."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def wait_for_shards(count: int, out: Path, process: "subprocess.Popen[str]") -> None:
    """Wait until so many blocks are there, or the process has ended; fails when it takes long."""
    until = time.monotonic() + PATIENCE
    while len(shards(out)) < count and process.poll() is None:
        assert time.monotonic() < until, "it takes too long"
        time.sleep(0.01)


def shards(out: Path) -> list[Path]:
    """The blocks that are there."""
    return sorted(path for kind in ("search", "proxy") for path in (out / kind).glob("*.parquet"))


def workers_of(pid: int) -> list[int]:
    """The processes below this one that do parts of its work: those that are busy with Python."""
    found = []
    for child in children_of(pid):
        line = Path(f"/proc/{child}/cmdline").read_bytes() if Path(f"/proc/{child}").exists() else b""
        if b"spawn_main" in line:
            found.append(child)
    return found


def children_of(pid: int) -> Iterator[int]:
    """All processes below this one."""
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            yield child
            yield from children_of(child)


def content(out: Path) -> dict[str, str]:
    """What must be the same whatever happened: all but clocks, machine and log."""
    found = {"manifest.json": _digest((out / "manifest.json").read_bytes())}
    manifest = json.loads((out / "manifest.json").read_text())
    trained = {study["study"] for study in manifest["studies"] if study.get("live")}
    live = {block["id"] for block in manifest["blocks"] if block["study"] in trained}
    for kind in ("search", "proxy", "history", "truth"):
        for path in sorted((out / kind).glob("*")):
            whole = path.read_bytes() if path.stem not in live else _without_clocks(path)
            found[f"{kind}/{path.name}"] = _digest(whole)
    return found


def _without_clocks(path: Path) -> bytes:
    return pd.read_parquet(path).drop(columns=CLOCKS).to_csv().encode()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@contextmanager
def dask_cluster(data: Path, port: int, workers: int = 2) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """A scheduler of Dask and its workers, each a process that can be killed: the scheduler is the first."""
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", f"tcp://127.0.0.1:{port}"]
    commands = [[*dask, "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]]
    commands += [[*worker, "--nthreads", "1", "--no-nanny", "--death-timeout", "20", "--no-dashboard"]] * workers
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = tables.environment(data)
    running = [subprocess.Popen(words, env=environment, start_new_session=True, **quiet) for words in commands]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()
