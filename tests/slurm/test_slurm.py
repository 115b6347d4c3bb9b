"""Experiments on a SLURM of two nodes: the same bytes as from local processes, whatever is killed on the way."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import tables
from test_runner import content

psutil = pytest.importorskip("psutil")
pytest.importorskip("dask_jobqueue")
import cluster  # noqa: E402

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif("NASGAUGE_SLURM" not in os.environ, reason="takes minutes: tox -e slurm runs it"),
]

EXPERIMENT = """name = "small"
[engine]
name = "dask"
cluster = "slurm"
jobs = 2
cores = 2
processes = 2
memory = "2GB"
walltime = "00:10:00"
gpus = 1
[[search]]
benchmark = "synthetic"
algorithm = ["random_search", "regularized_evolution"]
seeds = 200
budget = { seconds = 100 }
[[proxy]]
benchmark = "synthetic"
proxy = ["params", { name = "random_forest", train = 20 }]
architectures = 40
seeds = 2
"""

SETTINGS = """jobqueue:
  slurm:
    local-directory: {folder}/scratch
distributed:
  worker:
    preload: [{notes}]
"""

PATIENCE = 120.0
"""Seconds that a busy machine may take until something has happened."""

SOON = 20.0
"""Seconds after which a dead driver has left nothing in the queue; Dask's own way would be half a minute at least."""


@pytest.fixture(scope="module")
def slurm() -> Iterator[Path]:
    """The folder of the cluster; its path is short, as sockets want it."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    missing = [name for name in ("munged", "slurmctld", "slurmd") if shutil.which(name, path=path) is None]
    if missing:
        pytest.fail(f"{', '.join(missing)}: not installed")
    with tempfile.TemporaryDirectory(prefix="slurm-") as name:
        cluster.start(Path(name))
        try:
            yield Path(name)
        finally:
            cluster.stop(Path(name))


class Site:
    """A shared folder from which experiments are run on the cluster."""

    def __init__(self, folder: Path, slurm: Path, data: Path) -> None:
        self.folder, self.slurm, self.out = folder, slurm, folder / "out"
        self.runs: list[subprocess.Popen[bytes]] = []
        (folder / "notes").mkdir()
        (folder / "settings").mkdir()
        settings = SETTINGS.format(folder=folder, notes=Path(__file__).with_name("notes.py"))
        (folder / "settings" / "settings.yaml").write_text(settings)
        (folder / "small.toml").write_text(EXPERIMENT)
        self.env = cluster.environment(slurm) | {"NASGAUGE_DATA": str(data), "DASK_CONFIG": str(folder / "settings")}

    def start(self, *options: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "harness", "run", "small.toml", "--out", str(self.out), *options]
        with (self.folder / "printed.txt").open("ab") as printed:
            run = subprocess.Popen(command, env=self.env, cwd=self.folder, stdout=printed, stderr=printed)
        self.runs.append(run)
        return run

    def finish(self, run: "subprocess.Popen[bytes]") -> None:
        assert run.wait(PATIENCE) == 0, (self.folder / "printed.txt").read_text()[-2000:]

    def jobs(self, *options: str) -> list[str]:
        return cluster.command(self.slurm, "squeue", "--noheader", "--format=%A", *options).split()

    def done(self, node: str) -> int:
        """How many parts a node has done."""
        notes = self.folder / "notes" / node
        return len(notes.read_text().splitlines()) if notes.exists() else 0

    def both_at_work(self) -> bool:
        return all(self.done(node) for node in cluster.NODES)


@pytest.fixture
def site(slurm: Path, data: Path, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, slurm, data)
    yield site
    for run in site.runs:
        run.kill()
        run.wait()
    cluster.command(slurm, "scancel", "--nodelist=" + ",".join(cluster.NODES))
    until(lambda: not cluster.command(slurm, "squeue", "--noheader"))


@pytest.fixture(scope="module")
def expected(synthetic_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What local processes make of the experiment."""
    folder = tmp_path_factory.mktemp("local")
    (folder / "small.toml").write_text(EXPERIMENT)
    command = [sys.executable, "-m", "harness", "run", "small.toml", "--out", "out", "--engine", "processes"]
    subprocess.run(command, cwd=folder, env=tables.environment(synthetic_data), check=True, capture_output=True)
    return content(folder / "out")


def until(there: Callable[[], bool], seconds: float = PATIENCE) -> float:
    """Wait until it is so; the seconds that it took."""
    start = time.monotonic()
    while not there():
        assert time.monotonic() - start < seconds, f"not after {seconds:g} seconds"
        time.sleep(0.1)
    return time.monotonic() - start


def test_the_cluster_has_two_nodes_and_leaves_nothing_behind(data: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="slurm-") as name:
        folder = Path(name)
        cluster.start(folder)
        try:
            printed = cluster.command(folder, "srun", "--nodes=2", "sh", "-c", "echo $SLURMD_NODENAME")
            assert sorted(printed.split()) == list(cluster.NODES)
            cluster.command(folder, "sbatch", "--output=/dev/null", "--wrap=trap '' TERM; sleep 500")
            until(lambda: cluster.command(folder, "squeue", "--noheader", "--states=R") != "")
        finally:
            cluster.stop(folder)
        assert processes_that_name(name) == []
        assert cluster.states(folder) == []


def test_two_nodes_make_the_bytes_that_local_processes_make(site: Site, expected: dict[str, str]) -> None:
    run = site.start()
    until(lambda: len(site.jobs("--states=R")) == 2 or run.poll() is not None)
    assert set(cluster.command(site.slurm, "squeue", "--noheader", "--format=%b").split()) == {"gres:gpu:1"}
    site.finish(run)
    assert content(site.out) == expected
    assert site.both_at_work()
    until(lambda: site.jobs() == [], SOON)


def test_cancelled_jobs_are_replaced(site: Site, expected: dict[str, str]) -> None:
    run = site.start()
    until(lambda: site.both_at_work() or run.poll() is not None)
    cancelled = site.jobs()
    assert len(cancelled) == 2
    cluster.command(site.slurm, "scancel", *cancelled)
    until(lambda: len(set(site.jobs()) - set(cancelled)) == 2 or run.poll() is not None)
    site.finish(run)
    assert len(list((site.folder / "dask-logs").glob("*.out"))) == 4  # no job was asked for twice
    assert content(site.out) == expected


def test_a_killed_node_loses_nothing(site: Site, expected: dict[str, str]) -> None:
    run = site.start()
    until(lambda: site.both_at_work() or run.poll() is not None)
    killed = [one for one in psutil.process_iter() if in_job(one, site.jobs()[0], site.slurm)]
    assert len(killed) >= 3  # dask worker and its two workers
    for process in killed:
        process.kill()
    site.finish(run)
    assert content(site.out) == expected


def test_a_killed_driver_takes_its_jobs_along_and_is_started_again(site: Site, expected: dict[str, str]) -> None:
    run = site.start()
    until(lambda: site.both_at_work() or run.poll() is not None)
    assert run.poll() is None
    run.send_signal(signal.SIGKILL)
    run.wait()
    before = content(site.out)
    assert before.keys() < expected.keys()
    until(lambda: site.jobs() == [], SOON)
    site.finish(site.start())
    assert content(site.out) == expected


def processes_that_name(folder: str) -> list[Any]:
    """Processes with a folder among their arguments, their variables, or as where they work."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if folder in f"{process.cmdline()} {process.environ()} {process.cwd()}":
                found.append(process)
    return found


def in_job(process: "psutil.Process", job: str, slurm: Path) -> bool:
    try:
        env = process.environ()
    except psutil.Error:
        return False
    return env.get("SLURM_JOB_ID") == job and env.get("SLURM_CONF") == str(slurm / "slurm.conf")
