"""Whatever is killed, full, read-only, torn or set back: nothing is lost, nothing is there twice, and it is said."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import faults
import pytest

from harness.experiment.config import read_experiment
from harness.experiment.runner import run
from harness.results import load

KILLS = int(os.environ.get("NASGAUGE_KILLS", "2"))
"""How often each engine is killed: more in the environment `faults`."""

SEEDS = 120 * KILLS
"""Of a run that is killed so often."""

ENGINES = ["in_process", "processes", "dask"]
every_engine = pytest.mark.parametrize("engine", ENGINES)
SEED = int(os.environ.get("NASGAUGE_SEED", "1"))
"""Of the moments at which something is killed."""

one_engine = pytest.mark.parametrize("engine", ENGINES if KILLS > 2 else [ENGINES[SEED % 3]])
"""Where the engine hardly matters: all of them in the environment `faults`."""


def made(data: Path, folder: Path, **options: int) -> dict[str, str]:
    """What a run makes that nothing happens to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NASGAUGE_DATA", str(data))
        run(read_experiment(faults.write_experiment(folder, **options)), folder / "out")
    return faults.content(folder / "out")


@pytest.fixture(scope="module")
def undisturbed(synthetic_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return made(synthetic_data, tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="module")
def trained(synthetic_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The same with live training, and so many runs that all kills find it at work."""
    return made(synthetic_data, tmp_path_factory.mktemp("trained"), seeds=SEEDS, live=True)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    return faults.write_experiment(tmp_path)


def needs(engine: str) -> None:
    if engine == "dask":
        pytest.importorskip("distributed")


def go_on(experiment: Path, out: Path, data: Path, engine: str = "in_process") -> str:
    """Run it to its end; what it printed."""
    code, shown = faults.ended(faults.start(faults.command(experiment, out, *faults.engine_options(engine)), data))
    assert code == 0, shown
    assert not list(out.rglob("*.partial"))
    return shown


@every_engine
def test_the_driver_is_killed_at_random_moments(
    engine: str, trained: dict[str, str], out: Path, data: Path, tmp_path: Path
) -> None:
    """Alone or with all of its processes: those that it leaves behind must not spoil what the next one does."""
    needs(engine)
    experiment = faults.write_experiment(tmp_path, SEEDS, live=True)
    rng = random.Random(f"{SEED}{engine}")
    kills = 0
    while kills < KILLS:
        process = faults.start(faults.command(experiment, out, *faults.engine_options(engine)), data)
        if rng.random() < 0.8:
            faults.wait_for_shards(len(faults.shards(out)) + rng.randrange(1, 4), out, process)
        time.sleep(rng.uniform(0.0, 0.4))
        kills += process.poll() is None
        if rng.random() < 0.5:
            process.kill()
            process.communicate()
        else:
            faults.kill_all(process)
    go_on(experiment, out, data, engine)
    assert faults.content(out) == trained
    load(out)  # which refuses runs that are there twice


@pytest.mark.parametrize("engine", ["processes", "dask"])
def test_a_killed_workers_runs_are_done_elsewhere(
    engine: str, trained: dict[str, str], out: Path, data: Path, tmp_path: Path
) -> None:
    needs(engine)
    experiment = faults.write_experiment(tmp_path, SEEDS, live=True)
    process = faults.start(faults.command(experiment, out, *faults.engine_options(engine)), data)
    for wanted in (1, 8):
        faults.wait_for_shards(wanted, out, process)
        os.kill(random.Random(0).choice(faults.workers_of(process.pid)), signal.SIGKILL)
    code, shown = faults.ended(process)
    assert code == 0, shown
    assert faults.content(out) == trained
    log = (out / "log.txt").read_text()
    assert "a worker process died, killed by signal 9" in log or "Restarting worker" in log


def test_a_killed_scheduler_leaves_what_is_done(
    undisturbed: dict[str, str], experiment: Path, out: Path, data: Path
) -> None:
    pytest.importorskip("distributed")
    port = free_port()
    words = [*faults.command(experiment, out), "--scheduler", f"tcp://127.0.0.1:{port}"]
    with faults.dask_cluster(data, port) as (scheduler, *_):
        process = faults.start(words, data, DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="3s")
        faults.wait_for_shards(3, out, process)
        scheduler.kill()
        code, shown = faults.ended(process)
    assert code == 2
    assert "the scheduler of Dask is gone; start it, and run this again: what is done is kept" in shown
    assert "Traceback" not in shown
    done = {path: path.stat().st_mtime_ns for path in faults.shards(out)}
    assert len(done) >= 3
    with faults.dask_cluster(data, port):
        code, shown = faults.ended(faults.start(words, data))
    assert code == 0, shown
    assert faults.content(out) == undisturbed
    kept = [path for path, written in done.items() if path.stat().st_mtime_ns == written]
    assert len(kept) >= len(done) - 2  # the last two may have stood there without their seal


def test_two_drivers_on_one_folder(undisturbed: dict[str, str], experiment: Path, out: Path, data: Path) -> None:
    first = faults.start(faults.command(experiment, out, "--workers", 2), data)
    faults.wait_for_shards(1, out, first)
    first.send_signal(signal.SIGSTOP)  # so that it is still at work, however fast the machine
    code, shown = faults.ended(faults.start(faults.command(experiment, out), data))
    first.send_signal(signal.SIGCONT)
    assert code == 2
    assert "another process is running in" in shown
    code, shown = faults.ended(first)
    assert code == 0, shown
    assert faults.content(out) == undisturbed


def test_two_drivers_where_locks_do_not_work(
    undisturbed: dict[str, str], experiment: Path, out: Path, data: Path, tmp_path: Path
) -> None:
    """Some network file systems only seem to lock: both then do the work, and what is there is right."""
    (tmp_path / "sitecustomize.py").write_text("import fcntl\nfcntl.flock = lambda *_: None\n")
    both = [
        faults.start(faults.command(experiment, out, "--workers", 2), data, PYTHONPATH=search_path(tmp_path))
        for _ in range(2)
    ]
    ends = [faults.ended(process) for process in both]
    assert 0 in [code for code, _ in ends] or all("run it again" in shown for _, shown in ends), ends
    assert not any("Traceback" in shown for _, shown in ends), ends
    go_on(experiment, out, data)
    assert faults.content(out) == undisturbed


TORN = {
    "cut in half": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "zeros at its end": lambda data: data[:-100] + bytes(100),
    "a bit turned": lambda data: data[:50] + bytes([data[50] ^ 1]) + data[51:],
    "another file": lambda data: b"PAR1" * 20,
}


@pytest.mark.parametrize("how", TORN)
@pytest.mark.parametrize("kind", ["search", "proxy", "truth", "measured"])
def test_a_torn_file_is_found_said_and_made_again(kind: str, how: str, small: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(small / "out", out)
    whole = faults.content(out)
    victim = sorted(path for path in (out / kind).iterdir() if path.suffix in (".parquet", ".json"))[-1]
    if kind != "measured":
        victim = victim.with_suffix(".parquet")
    victim.write_bytes(TORN[how](victim.read_bytes()))
    before = {path: path.stat().st_mtime_ns for path in faults.shards(out)}
    damaged = run(read_experiment(small / "small.toml"), out)
    assert len(damaged) == 1
    assert str(victim) in damaged[0]
    assert faults.content(out) == whole
    changed = [path for path, written in before.items() if path.stat().st_mtime_ns != written]
    assert len(changed) == (kind != "truth")
    load(out)


@pytest.fixture(scope="module")
def small(synthetic_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of few seeds."""
    folder = tmp_path_factory.mktemp("small")
    made(synthetic_data, folder, seeds=2)
    return folder


def test_the_command_says_what_was_damaged(small: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(small / "out", out)
    victim = faults.shards(out)[0]
    victim.write_bytes(victim.read_bytes()[:-9])
    code, shown = faults.ended(faults.start(faults.command(small / "small.toml", out), data))
    assert code == 0
    assert "found damaged and done again: " in shown
    assert "found damaged and done again: " in (out / "log.txt").read_text()


MOUNTED = """set -e
mount -t tmpfs -o size={size}k tmpfs {disk}
{command} && echo "EXIT 0" || echo "EXIT $?"
{between}
{command} && echo "EXIT 0" || echo "EXIT $?"
cp -r {disk}/out {kept}
"""
"""On a disk of its own, which only this shell and its children see: the command, a change of the disk, the command."""


def on_a_disk(size: int, words: list[str], between: str, data: Path, tmp_path: Path) -> list[str]:
    """The parts of what was shown, by the command and then again; the results are copied to `kept`."""
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a disk of his own")
    disk = tmp_path / "disk"
    disk.mkdir()
    script = MOUNTED.format(
        size=size, disk=disk, command=" ".join(words), between=between.format(disk=disk), kept=tmp_path / "kept"
    )
    code, shown = faults.ended(faults.start(["unshare", "-rm", "sh", "-c", script], data))
    assert code == 0, shown
    return shown.split("EXIT ")


@one_engine
def test_a_full_disk(engine: str, undisturbed: dict[str, str], experiment: Path, data: Path, tmp_path: Path) -> None:
    needs(engine)
    words = faults.command(experiment, tmp_path / "disk" / "out", *faults.engine_options(engine))
    first, second, third = on_a_disk(300, words, "mount -o remount,size=100m {disk}", data, tmp_path)
    assert second.startswith("2")
    assert third.startswith("0")
    assert "cannot be written (No space left on device); mend that and run it again, and what is done is kept" in (
        first + second + third
    )
    assert "Traceback" not in first + second + third, first + second + third
    assert "Logging error" not in first + second + third
    assert faults.content(tmp_path / "kept") == undisturbed
    assert not list((tmp_path / "kept").rglob("*.partial"))


@one_engine
def test_a_folder_that_cannot_be_written(
    engine: str, undisturbed: dict[str, str], experiment: Path, data: Path, tmp_path: Path
) -> None:
    """A finished run on a disk that becomes read-only: it is left as it is, and that is said."""
    needs(engine)
    words = faults.command(experiment, tmp_path / "disk" / "out", *faults.engine_options(engine))
    first, second, third = on_a_disk(100_000, words, "mount -o remount,ro {disk}", data, tmp_path)
    assert second.startswith("0")
    assert third.startswith("2")
    assert "(Read-only file system)" in first + second + third
    assert "name another folder with --out" in first + second + third
    assert "Traceback" not in first + second + third
    assert faults.content(tmp_path / "kept") == undisturbed


CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* The clock on the wall, moved by as many seconds as the file NASGAUGE_TEST_CLOCK is long, times -1,000,000. */
static long moved(void) {
    int file = open(getenv("NASGAUGE_TEST_CLOCK"), O_RDONLY);
    if (file < 0) return 0;
    long length = lseek(file, 0, SEEK_END);
    close(file);
    return -1000000L * length;
}

int clock_gettime(clockid_t which, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(which, now);
    if (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE) now->tv_sec += moved();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    now->tv_sec = found.tv_sec;
    now->tv_usec = found.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *kept) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (kept) *kept = found.tv_sec;
    return found.tv_sec;
}
"""


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that moves the clock of a process and of all that it starts."""
    if shutil.which("gcc") is None:
        pytest.skip("no gcc to make a clock that jumps")
    folder = tmp_path_factory.mktemp("clock")
    (folder / "clock.c").write_text(CLOCK)
    library = folder / "clock.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, folder / "clock.c", "-ldl"], check=True)
    return library


@one_engine
def test_a_clock_that_jumps(
    engine: str, clock: Path, undisturbed: dict[str, str], experiment: Path, out: Path, data: Path, tmp_path: Path
) -> None:
    """Back by eleven days, twice, and forth by a month, while it runs."""
    needs(engine)
    hands = tmp_path / "hands"
    hands.write_bytes(b"x")
    moved = {"LD_PRELOAD": str(clock), "NASGAUGE_TEST_CLOCK": str(hands)}
    assert_moved(hands, moved)
    process = faults.start(faults.command(experiment, out, *faults.engine_options(engine)), data, **moved)
    for wanted, length in ((2, 2), (8, 3), (14, 0)):
        faults.wait_for_shards(wanted, out, process)
        hands.write_bytes(b"x" * length)
    code, shown = faults.ended(process)
    assert code == 0, shown
    assert faults.content(out) == undisturbed
    measured = load(out).measured
    seconds = measured[[name for name in measured if name.endswith("_seconds") and name != "charged_seconds"]]
    assert ((seconds.isna()) | ((seconds >= 0) & (seconds < 1000))).all(axis=None)


def assert_moved(hands: Path, moved: dict[str, str]) -> None:
    hands.write_bytes(b"xx")
    code = "import time; print(time.time())"
    told = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | moved, check=True, capture_output=True, text=True
    ).stdout
    assert 1.9e6 < time.time() - float(told) < 2.1e6


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def search_path(folder: Path) -> str:
    return os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
