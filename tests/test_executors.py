"""What every executor promises: each part once, errors as they are, the work of a dead worker done again."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

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
    if what == "exit":
        sys.exit(3)
    if what.startswith("until-"):
        wait_for(folder / what.removeprefix("until-"))
    return number * number


def wait_for(path: Path) -> None:
    """Until the file is there; it is an error where it does not come."""
    until = time.monotonic() + 30
    while not path.exists():
        if time.monotonic() > until:
            raise TimeoutError(f"nobody made {path.name}")
        time.sleep(0.01)


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
    """The part takes until the waiting for it has ended, which would otherwise end with an error."""
    (part,) = parts_of(tmp_path, "until-waited")
    with engine(name) as executor, executor.start(note, 3) as crew:
        crew.submit(part)
        assert crew.wait(0.05) == []
        (tmp_path / "waited").touch()
        assert len(crew.wait(30)) == 1


class Wide(NamedTuple):
    """A part that keeps so many workers busy."""

    what: str
    number: int
    folder: Path
    width: int


def note_wide(part: Wide, trainers: Executor | None = None) -> int:
    """As `note`; who has workers of its own says so."""
    assert (trainers is None) == (part.width == 1)
    return note(part[:3])


def test_who_finds_a_place_does_not_wait_for_who_finds_none(tmp_path: Path) -> None:
    """The first ends when the last has begun; the second needs both workers."""
    whats, widths = ("until-2", "quick", "quick"), (1, 2, 1)
    parts = [Wide(*part, width) for part, width in zip(parts_of(tmp_path, *whats), widths, strict=True)]
    assert [part.number for part in Processes(2).run(note_wide, parts)][-1] == 1


def test_of_parts_that_fit_the_first_is_first(tmp_path: Path) -> None:
    """The two wide ones do not fit beside each other, nor does anything fit beside them."""
    parts = [Wide(*part, 2) for part in parts_of(tmp_path, *["quick"] * 3)]
    assert list(Processes(2).run(note_wide, parts)) == parts


@pytest.mark.parametrize("name", ENGINES)
def test_an_error_comes_as_it_was_raised(name: str, tmp_path: Path) -> None:
    with engine(name) as executor, pytest.raises(BadValue, match=r"^this one fails"):
        list(executor.run(note, parts_of(tmp_path, "quick", "fail", *["slow"] * 50)))
    assert len(list(tmp_path.iterdir())) < 52


@pytest.mark.parametrize("name", ["processes", "dask"])
def test_an_error_that_cannot_be_sent_is_told_with_its_traceback(name: str, tmp_path: Path) -> None:
    with engine(name) as executor, pytest.raises(RuntimeError, match=r"(?s)Traceback.*in note.*OddError: odd 3"):
        list(executor.run(note, parts_of(tmp_path, "quick", "odd")))


class Unreadable:
    """Can be packed, and not unpacked."""

    def __reduce__(self) -> Any:
        return int, ("no number",)


def test_a_part_that_cannot_be_unpacked_is_an_error_of_its_own() -> None:
    with pytest.raises(ValueError, match="invalid literal for int"):
        list(Processes(2).run(note, [Unreadable(), Unreadable()]))  # type: ignore[list-item]


def test_only_of_a_kill_is_it_said_that_memory_may_be_why(tmp_path: Path) -> None:
    with pytest.raises(BadValue, match=r"the last one with exit code 3; run it again: what is done is kept$"):
        list(Processes(2).run(note, parts_of(tmp_path, "quick", "exit")))


UNGUARDED = """
from harness.pool import Processes
list(Processes(2).run(abs, [1, 2]))
"""


@pytest.mark.parametrize("how", ["file", "input"])
def test_a_worker_that_cannot_begin_says_so(how: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(UNGUARDED)
    program = [sys.executable, str(tmp_path / "script.py") if how == "file" else "-"]
    found = subprocess.run(program, input=UNGUARDED, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 1
    assert "a worker process could not begin (exit code 1), and has printed why; a script must be" in found.stderr
    assert "memory" not in found.stderr
    assert "died" not in found.stderr


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
    assert 3 <= len((tmp_path / "1").read_text().split()) <= 6
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    ("section", "options", "message"),
    [
        ({}, {"engine": "dusk"}, "no engine is called 'dusk'. Did you mean 'dask'"),
        ({}, {"engine": "in_process", "workers": 2}, "in_process is one process, and 2 workers"),
        ({}, {"engine": "processes", "scheduler": "tcp://x:1"}, "--scheduler is for --engine dask"),
        ({"name": "dask", "cluster": "slurm"}, {"workers": 3}, "up to the cluster; leave --workers out"),
        ({}, {"workers": 3, "scheduler": "tcp://127.0.0.1:1"}, "up to the cluster; leave --workers out"),
        ({}, {"scheduler": "tcp://127.0.0.1:1"}, None),
        ({"workers": 3}, {"scheduler": "tcp://127.0.0.1:1"}, None),
    ],
)
def test_what_the_command_line_asks_must_go_together(
    section: dict[str, Any], options: dict[str, object], message: str | None
) -> None:
    pytest.importorskip("distributed")
    if message is None:
        found = executor_of(EngineSection(**section), **options)  # type: ignore[arg-type]
        assert (found.name, found.workers) == ("dask", None)
        return
    with pytest.raises((BadValue, LookupError), match=message):
        executor_of(EngineSection(**section), **options)  # type: ignore[arg-type]


def test_local_processes_are_the_engine_unless_somebody_says_more() -> None:
    assert isinstance(executor_of(EngineSection()), Processes)
    assert isinstance(executor_of(EngineSection(name="in_process")), InProcess)
    assert executor_of(EngineSection(workers=3)).workers == 3
    assert executor_of(EngineSection(workers=3), workers=5).workers == 5
    assert isinstance(executor_of(EngineSection(workers=3), engine="in_process"), InProcess)
