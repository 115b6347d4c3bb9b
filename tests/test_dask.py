"""What Dask's workers are to a run, and what is said when they are not there."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from slow_live import SlowLive

from harness.core import Evaluation, Query

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")
from harness import dask_crew, dask_lack  # noqa: E402
from harness.dask_apart import _process, do  # noqa: E402
from harness.dask_crew import ClusterCrew  # noqa: E402
from harness.dask_executor import Dask  # noqa: E402
from harness.dask_worker import Setting  # noqa: E402
from harness.errors import BadValue  # noqa: E402
from harness.executors import Executor, InProcess  # noqa: E402
from harness.experiment.config import Experiment  # noqa: E402
from harness.experiment.engine_section import EngineSection  # noqa: E402
from harness.experiment.plan import plan  # noqa: E402
from harness.experiment.runner import run  # noqa: E402
from harness.experiment.work import Work  # noqa: E402
from harness.results import load  # noqa: E402


class Wide(NamedTuple):
    """A part with parts of its own; what it does, and what these need."""

    what: str
    needs_of_parts: dict[str, float]
    width: int = 2


class Part(NamedTuple):
    needs: dict[str, float]


def wide(part: Wide, executor: Executor) -> Any:
    """In a process beside a worker: says where it is, dies in some way, or hands a part over."""
    if part.what == "where":
        return str(Path.cwd()), {name: one for name, one in os.environ.items() if name.startswith("NASGAUGE_")}
    if part.what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if part.what == "exit":
        sys.exit("enough")
    with executor.start(where, 1) as crew:
        crew.submit(Part(part.needs_of_parts))
        return crew.wait()


def where(_: Any) -> tuple[int, str, dict[str, str], list[str]]:
    """What a worker is, and where it works."""
    variables = {name: one for name, one in os.environ.items() if name.startswith("NASGAUGE_")}
    return os.getpid(), str(Path.cwd()), variables, list(sys.path)


def fail(what: str) -> None:
    if what == "exit":
        sys.exit("enough")
    raise OddError(1, 2)


class OddError(Exception):
    """Cannot be unpacked after it was packed."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"odd {one + two}")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """One worker, which outlives every run of these tests."""
    with local(1) as cluster:
        yield cluster


def local(workers: int) -> Any:
    return distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        memory_limit=0,
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
    )


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    with distributed.Client(cluster, set_as_default=False) as client:
        yield client


def done(client: Any, task: Any, part: Any) -> Any:
    """What a run's crew makes of a part."""
    crew: ClusterCrew[Any] = ClusterCrew(client, task, Setting.here(), do)
    crew.submit(part)
    try:
        ((_, result),) = crew.wait(30)
    finally:
        crew.cancel()
    return result


class TestAWorkerThatOutlivesARun:
    def test_it_works_for_each_driver_as_that_one_does(
        self, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = []
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            with monkeypatch.context() as run:
                run.chdir(tmp_path / name)
                run.setenv(f"NASGAUGE_OF_{name}", name)
                run.syspath_prepend(str(tmp_path / name))
                found.append(done(client, where, 0))
                beside = done(client, wide, Wide("where", {}))
                expected = {key: one for key, one in os.environ.items() if key.startswith("NASGAUGE_")}
                assert beside == (str(tmp_path / name), expected)
                assert found[-1][1:3] == (str(tmp_path / name), expected)
        assert len({pid for pid, *_ in found}) == 1, "a worker died between two runs"
        assert str(tmp_path / "b") in found[1][3]
        assert str(tmp_path / "a") in found[0][3]
        assert str(tmp_path / "a") not in found[1][3]

    def test_it_opens_a_benchmark_again_when_its_data_are_others(self, tmp_path: Path) -> None:
        data = tmp_path / "data"
        for number in (1, 2):
            data.write_text(str(number))
            run(changing(data), tmp_path / f"out-{number}")
        losses = [load(tmp_path / f"out-{number}").searches["loss"] for number in (1, 2)]
        assert (losses[0] - losses[1]).tolist() == pytest.approx([1.0, 1.0])

    @pytest.mark.parametrize("workers", [1, 2])
    def test_it_refuses_data_that_are_not_those_of_the_run(self, workers: int, tmp_path: Path) -> None:
        data = tmp_path / "data"
        data.write_text("3")
        blocks, _ = plan(changing(data, workers=workers))
        data.write_text("4")
        (tmp_path / "journal").mkdir()
        (tmp_path / "manifest.json").touch()
        with pytest.raises(BadValue, match="is not the one that this run began with"):
            Work(tmp_path, None)(blocks[0], InProcess() if workers > 1 else None)


class Changing(SlowLive):
    """Answers by what is in a file."""

    def __init__(self, *, data: str, folder: str) -> None:
        super().__init__(folder=folder)
        self._worth = Path(data).read_text()
        self.provenance = {"data": self._worth}

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        found = super().evaluate(query, seed)
        return Evaluation({name: one + float(self._worth) for name, one in found.metrics.items()}, found.seconds)


def changing(data: Path, workers: int = 1) -> Experiment:
    benchmark = {"name": "test_dask:Changing", "data": str(data), "folder": str(data.parent)}
    search = {"benchmark": benchmark, "algorithm": "random_search", "budget": {"evaluations": 2}, "seeds": 1}
    return Experiment.model_validate({"name": "changing", "search": [search | {"workers": workers}]})


class TestAnError:
    @pytest.mark.parametrize(("what", "message"), [("odd", "OddError: odd 3"), ("exit", "SystemExit: enough")])
    def test_one_that_cannot_be_sent_is_told_with_its_traceback(self, client: Any, what: str, message: str) -> None:
        with pytest.raises(RuntimeError, match=rf"(?s)Traceback.*in fail.*{message}"):
            done(client, fail, what)

    def test_a_process_beside_a_worker_says_why_it_ends(self, client: Any) -> None:
        with pytest.raises(RuntimeError, match=r"(?s)Traceback.*in wide.*SystemExit: enough"):
            done(client, wide, Wide("exit", {}))
        with pytest.raises(BadValue, match=r"3 processes died .* by signal 9, perhaps for want of memory"):
            done(client, wide, Wide("kill", {}))

    def test_a_process_that_cannot_begin_is_no_want_of_memory(
        self, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "signal.py").write_text("raise SystemExit(3)")  # stands in the way of Python's own
        monkeypatch.setattr(Setting, "search_path", lambda self: [str(tmp_path), *sys.path])
        connection: Any
        with pytest.raises(BadValue, match=r"could not begin \(with exit code"), _process(Setting.here()) as connection:
            pytest.fail(f"it did: {connection}")

    def test_workers_that_cannot_begin_are_no_want_of_memory(self, tmp_path: Path) -> None:
        (tmp_path / "unguarded.py").write_text(UNGUARDED)
        env = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])}
        ended = subprocess.run(
            [sys.executable, "unguarded.py"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert "BadValue: the workers of Dask could not begin" in ended.stderr
        assert "__main__" in ended.stderr.splitlines()[-1]


UNGUARDED = """
from harness.dask_executor import Dask
from harness.experiment.engine_section import EngineSection

list(Dask(EngineSection(), workers=1).run(abs, [1]))
"""


class TestWhoIsThere:
    @pytest.fixture(autouse=True)
    def soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module, name, value in ((dask_crew, "LOOK", 0.1), (dask_lack, "LOOK", 0.1), (dask_lack, "PATIENCE", 0.3)):
            monkeypatch.setattr(module, name, value)

    def test_a_part_that_no_worker_can_do_is_refused(self, client: Any) -> None:
        with pytest.raises(BadValue, match="no worker offers a GPU: start one with --resources GPU=1"):
            done(client, where, Part({"GPU": 1}))

    def test_no_workers_are_waited_for_and_logged_once(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        with (
            local(0) as cluster,
            distributed.Client(cluster, set_as_default=False) as client,
            caplog.at_level(logging.WARNING, "nasgauge"),
        ):
            crew: ClusterCrew[Any] = ClusterCrew(client, where, Setting.here(), do)
            crew.submit(0)
            assert crew.wait(1.5) == []
            crew.cancel()
        said = [one.getMessage() for one in caplog.records if one.name == "nasgauge"]
        assert [one.partition(",")[0] for one in said] == ["no worker is connected"]

    def test_a_machine_offers_its_gpu_to_the_parts(self) -> None:
        parts = [Part({"GPU": 1}), Part({})]
        found = list(Dask(EngineSection(), workers=1).run(where, parts))
        assert sorted(found, key=str) == sorted(parts, key=str)

    def test_a_scheduler_that_is_gone_is_no_room(self) -> None:
        with (
            dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
            local(0) as cluster,
            distributed.Client(cluster, set_as_default=False) as client,
        ):
            crew: ClusterCrew[Any] = ClusterCrew(client, where, Setting.here(), do)
            cluster.close()
            with pytest.raises(BadValue, match="the scheduler of Dask is gone"):
                assert crew.room


SECTION = {"name": "dask", "cluster": "slurm"}


class TestJobs:
    def test_a_machine_without_the_command_is_refused(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        pytest.importorskip("dask_jobqueue")
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(BadValue, match="needs sbatch, which is not on this machine"):
            list(Dask(EngineSection(**SECTION)).run(where, [0]))  # type: ignore[arg-type]

    def test_what_refuses_a_job_says_why(self, tmp_path: Path) -> None:
        pytest.importorskip("dask_jobqueue")
        (tmp_path / "sbatch").write_text("#!/bin/sh\necho one >&2\necho 'no such partition' >&2\nexit 1\n")
        (tmp_path / "sbatch").chmod(0o755)
        env = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", REFUSED]
        ended = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert ended.stdout.startswith("sbatch refuses the job: no such partition; "), ended.stderr


REFUSED = """
from harness.dask_executor import Dask
from harness.errors import BadValue
from harness.experiment.engine_section import EngineSection

try:
    list(Dask(EngineSection(name="dask", cluster="slurm")).run(abs, [0]))
except BadValue as error:
    print(error)
"""


INTERRUPTED = """
import logging, sys
from pathlib import Path
from harness.dask_executor import Dask
from harness.experiment.engine_section import EngineSection
from test_dask import slow

if __name__ == "__main__":
    logging.getLogger("nasgauge").addHandler(logging.NullHandler())
    Path("begun").touch()
    try:
        list(Dask(EngineSection(), workers=2).run(slow, [0, 1]))
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        sys.exit(130)
"""


def slow(number: int) -> None:
    Path(f"at-{number}").touch()
    time.sleep(60)


@pytest.mark.parametrize("when", ["begun", "at-1"])
def test_an_interrupt_of_the_whole_group_ends_a_run_quietly(when: str, tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])}
    process = subprocess.Popen(
        [sys.executable, "interrupted.py"], cwd=tmp_path, env=env, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not (tmp_path / when).exists() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(1.0)  # now its workers begin, or are at work
    os.killpg(process.pid, signal.SIGINT)
    began = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "interrupted\n", "")
    assert time.monotonic() - began < 20
