"""What every executor promises: each part once, errors as they are, the work of a dead worker done again."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.errors import BadValue
from harness.executors import Executor, InProcess
from harness.experiment.engine_section import EngineSection
from harness.experiment.engines import executor_of
from harness.pool import Processes

ENGINES = ["in_process", "processes", "dask"]
Part = tuple[str, int, Path]


@contextmanager
def engine(name: str, workers: int = 2) -> Iterator[Executor]:
    if name == "dask":
        pytest.importorskip("distributed")
    yield executor_of(EngineSection(), engine=name, workers=1 if name == "in_process" else workers)


def note(part: Part) -> int:
    """Leaves a line for each time that it is done; `die` is killed the first time, `always` each time."""
    what, number, folder = part
    with (folder / str(number)).open("a") as file:
        file.write(f"{os.getpid()}\n")
    times = len((folder / str(number)).read_text().split())
    if what == "always" or (what == "die" and times == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "fail":
        raise BadValue("this one fails")
    if what == "odd":
        raise OddError(1, 2)
    if what == "slow":
        time.sleep(0.3)
    return number * number


class OddError(Exception):
    """Cannot be unpacked after it was packed."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"odd {one + two}")


def parts_of(folder: Path, *whats: str) -> list[Part]:
    return [(what, number, folder) for number, what in enumerate(whats)]


@pytest.mark.parametrize("name", ENGINES)
def test_every_part_is_done_once(name: str, tmp_path: Path) -> None:
    parts = parts_of(tmp_path, *["quick"] * 200)
    with engine(name) as executor:
        assert sorted(executor.run(note, parts)) == sorted(parts)
    assert [len((tmp_path / str(k)).read_text().split()) for k in range(200)] == [1] * 200


@pytest.mark.parametrize("name", ENGINES)
def test_no_parts_are_no_work(name: str) -> None:
    with engine(name) as executor:
        assert list(executor.run(note, [])) == []


@pytest.mark.parametrize("name", ENGINES)
def test_a_crew_says_what_the_task_returned_and_how_much_it_takes(name: str, tmp_path: Path) -> None:
    parts = parts_of(tmp_path, "quick", "quick", "quick")
    with engine(name) as executor, executor.start(note, len(parts)) as crew:
        found, waiting = [], list(parts)
        assert crew.wait(0.0) == []
        while len(found) < len(parts):
            while waiting and crew.room > 0:
                crew.submit(waiting.pop(0))
            found += crew.wait(30)
    assert sorted((part[1], result) for part, result in found) == [(0, 0), (1, 1), (2, 4)]


@pytest.mark.parametrize("name", ["processes", "dask"])
def test_waiting_ends_in_time(name: str, tmp_path: Path) -> None:
    parts = parts_of(tmp_path, "quick", "quick", "slow")
    with engine(name) as executor, executor.start(note, 3) as crew:
        crew.submit(parts[0])
        crew.submit(parts[1])
        found = 0
        while found < 2:
            found += len(crew.wait(30))
        crew.submit(parts[2])
        began = time.monotonic()
        assert crew.wait(0.05) == []
        assert time.monotonic() - began < 0.25
        assert len(crew.wait(30)) == 1


@pytest.mark.parametrize("name", ENGINES)
def test_an_error_comes_as_it_was_raised(name: str, tmp_path: Path) -> None:
    with engine(name) as executor, pytest.raises(BadValue, match=r"^this one fails"):
        list(executor.run(note, parts_of(tmp_path, "quick", "fail", *["slow"] * 50)))
    assert len(list(tmp_path.iterdir())) < 52


def test_an_error_that_cannot_be_sent_is_told_with_its_traceback(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)Traceback.*in note.*OddError: odd 3"):
        list(Processes(2).run(note, parts_of(tmp_path, "quick", "odd")))


@pytest.mark.parametrize("name", ["processes", "dask"])
def test_the_work_of_a_killed_worker_is_done_again(name: str, tmp_path: Path) -> None:
    parts = parts_of(tmp_path, *["quick", "die"] * 5)
    with engine(name) as executor:
        assert sorted(executor.run(note, parts)) == sorted(parts)
    deaths = [len((tmp_path / str(k)).read_text().split()) for k in range(1, 10, 2)]
    assert min(deaths) == 2
    if name == "processes":  # Dask does those again, too, whose results a dying worker had not handed over
        assert deaths == [2] * 5
        assert [len((tmp_path / str(k)).read_text().split()) for k in range(0, 10, 2)] == [1] * 5


@pytest.mark.parametrize("name", ["processes", "dask"])
def test_a_part_that_kills_every_worker_is_an_error(name: str, tmp_path: Path) -> None:
    with engine(name) as executor, pytest.raises(BadValue, match=r"died.* at the same part of the work.*for want of"):
        list(executor.run(note, parts_of(tmp_path, "quick", "always")))
    assert 3 <= len((tmp_path / "1").read_text().split()) <= 4
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    ("section", "options", "message"),
    [
        ({}, {"engine": "dusk"}, "no engine is called 'dusk'. Did you mean 'dask'"),
        ({}, {"engine": "in_process", "workers": 2}, "in_process is one process, and 2 workers"),
        ({}, {"engine": "processes", "scheduler": "tcp://x:1"}, "--scheduler is for --engine dask"),
        ({"name": "dask", "cluster": "slurm"}, {"workers": 3}, "up to the cluster; leave --workers out"),
        ({}, {"scheduler": "tcp://127.0.0.1:1"}, None),
    ],
)
def test_what_the_command_line_asks_must_go_together(
    section: dict[str, str], options: dict[str, object], message: str | None
) -> None:
    pytest.importorskip("distributed")
    if message is None:
        assert executor_of(EngineSection(**section), **options).name == "dask"  # type: ignore[arg-type]
        return
    with pytest.raises((BadValue, LookupError), match=message):
        executor_of(EngineSection(**section), **options)  # type: ignore[arg-type]


def test_local_processes_are_the_engine_unless_somebody_says_more() -> None:
    assert isinstance(executor_of(EngineSection()), Processes)
    assert isinstance(executor_of(EngineSection(name="in_process")), InProcess)
    assert executor_of(EngineSection(workers=3)).workers == 3
    assert executor_of(EngineSection(workers=3), workers=5).workers == 5
