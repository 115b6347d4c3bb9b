"""Dask when something is killed, or a clock is wrong: lost jobs, workers without a scheduler, messages, the key."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

distributed = pytest.importorskip("distributed")
psutil = pytest.importorskip("psutil")
from distributed.batched import BatchedSend  # noqa: E402

from harness.dask_clock import Clock, streams_of  # noqa: E402
from harness.dask_faults import EndWithScheduler, Register  # noqa: E402
from harness.dask_security import own_security  # noqa: E402
from harness.dask_worker import Setting, call  # noqa: E402

SOON = 15.0
"""Seconds; Dask's own way would be half a minute."""


def test_a_job_is_lost_once_when_its_last_worker_does_not_come_back() -> None:
    jobs: dict[str, dict[str, Any]] = {f"job-{i}": {"group": ["-0", "-1"]} for i in range(3)}
    register = Register()
    assert register.lost(jobs, set(), {"job-0-0", "job-0-1", "job-1-0"}) == set()
    assert register.lost(jobs, set(), {"job-0-1"}) == set()  # a worker that died is often started again
    assert register.lost(jobs, set(), {"job-0-1"}) == {"job-1"}  # job 2 was never there: it may still wait in the queue
    assert [register.lost(jobs, set(), {"job-0-1"}) for _ in range(3)] == [set()] * 3  # so may what replaces job 1
    looks: list[set[str]] = [{"job-1-0", "job-2-0"}, {"job-0-0", "job-2-0"}, {"job-1-0", "job-2-1"}, set(), set()]
    assert [register.lost(jobs, set(), look) for look in looks] == [set(), set(), set(), {"job-0"}, {"job-1", "job-2"}]


def test_a_job_of_one_worker_is_called_like_it() -> None:
    register = Register()
    jobs: dict[str, dict[str, Any]] = {"job-0": {}, "job-1": {}}
    looks = [{"job-0", "job-1"}, {"job-1"}, {"job-1"}]
    assert [register.lost(jobs, set(), look) for look in looks] == [set(), set(), {"job-0"}]


def test_a_job_that_came_and_went_between_two_looks_is_lost() -> None:
    register = Register()
    jobs: dict[str, dict[str, Any]] = {"job-0": {"group": ["-0", "-1"]}, "job-1": {}}
    assert [register.lost(jobs, came, set()) for came in ({"job-0-1"}, set())] == [set(), {"job-0"}]


def long_part(mark: Path) -> None:
    while True:
        mark.touch()
        time.sleep(0.1)


@pytest.fixture
def dask(tmp_path: Path) -> "Iterator[dict[str, subprocess.Popen[bytes]]]":
    """A scheduler and a worker, that of tasks in this file too; they work in the test's folder."""
    at = ("--scheduler-file", "scheduler.json", "--no-dashboard")
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    env = os.environ | {"PYTHONPATH": path}
    with ExitStack() as stack:
        started = {}
        for name, options in (("scheduler", ("--port", "0")), ("worker", ("--nthreads", "1"))):
            command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *at, *options]
            printed = stack.enter_context((tmp_path / f"{name}.txt").open("wb"))
            process = subprocess.Popen(command, stdout=printed, stderr=printed, cwd=tmp_path, env=env)
            stack.callback(kill, process)
            started[name] = process
        yield started


def kill(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        for one in (*psutil.Process(process.pid).children(recursive=True), process):
            one.kill()
    process.wait()


def test_a_worker_ends_with_its_scheduler_in_the_middle_of_a_part(
    dask: "dict[str, subprocess.Popen[bytes]]", tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    with distributed.Client(scheduler_file=str(tmp_path / "scheduler.json"), set_as_default=False) as client:
        future = client.submit(call, Setting.here(), long_part, mark, pure=False)
        while not mark.exists():
            assert future.status == "pending", future.exception()
            time.sleep(0.05)
        dask["scheduler"].kill()
        dask["worker"].wait(SOON)
    last = mark.stat().st_mtime_ns
    time.sleep(0.5)
    assert mark.stat().st_mtime_ns == last


def test_a_worker_at_nothing_closes_in_its_own_time() -> None:
    EndWithScheduler().teardown(SimpleNamespace(active_threads={}))  # this process would end here


class Wire:
    """What a stream of messages writes to."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def closed(self) -> bool:
        return False

    async def write(self, messages: list[str], **options: Any) -> int:
        self.written += messages
        return 1

    async def close(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize("moved", [-86_400, 30 * 86_400])
def test_what_waits_is_sent_when_the_clock_was_set_back(moved: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen while it is so, or after the clock was set forth again."""
    now = time.time

    async def case() -> None:
        stream, wire = BatchedSend("2ms"), Wire()
        clock = Clock(lambda: [None, stream])
        stream.start(wire)
        clock.look()
        await asyncio.sleep(0.05)
        stream.send("one")
        await asyncio.sleep(0.05)
        assert wire.written == ["one"]
        stream.next_deadline = now() + 0.002  # something was sent, and then the clock is set back by a day
        monkeypatch.setattr("distributed.batched.time", lambda: now() - 86_400)
        stream.send("two")
        stream.waker.set()
        clock.look()  # it has not seen it yet
        await asyncio.sleep(0.05)
        assert wire.written == ["one"]
        monkeypatch.setattr("harness.dask_clock.time.time", lambda: now() + moved)
        clock.look()
        await asyncio.sleep(0.05)
        assert wire.written == ["one", "two"]
        await stream.close()

    asyncio.run(case())


def test_the_key_of_a_cluster_holds_on_machines_whose_clocks_are_wrong() -> None:
    x509 = pytest.importorskip("cryptography.x509")
    certificate = x509.load_pem_x509_certificate(own_security().tls_ca_file.encode())
    assert certificate.not_valid_before_utc.year == 1970
    assert certificate.not_valid_after_utc.year == 9999
    assert own_security().tls_worker_key != own_security().tls_worker_key


def test_the_streams_of_a_cluster_of_ours_are_those_of_the_client_and_of_its_scheduler() -> None:
    with (
        distributed.LocalCluster(n_workers=2, processes=False, dashboard_address=None, protocol="tcp://") as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        found = streams_of(client)
        assert all(type(one) is BatchedSend for one in found)
        assert len(found) >= 1 + 2 + 1
        assert {id(one) for one in found} > {id(client.scheduler_comm)}
