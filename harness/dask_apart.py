"""A part whose own parts are done by the cluster: it runs in a process beside the worker, which passes them on.

In the worker itself it would have to wait, before each step of its own, until the worker has done what it is at:
torch's settings and random state are the process'.
"""

import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from distributed import get_client, get_worker, secede

from harness.dask_crew import ClusterCrew
from harness.dask_worker import Setting, call, settle
from harness.errors import BadValue
from harness.executors import Crew, Done, Executor, P, Task, width_of
from harness.sent_error import sendable

DEATHS = 3
"""So many processes may die at one part; then it is the part's fault, or the machine's."""

LOOK = 1.0
"""Seconds between two looks at who is still there."""

CODE = "import sys; from harness.dask_apart import serve; serve(int(sys.argv[1]))"


def do(setting: Setting, task: Task[Any], part: Any) -> Any:
    """Do the task on the part in this worker; beside it, where the part has parts of its own."""
    if width_of(part) < 2:
        return call(setting, task, part)
    settle(setting)
    worker, key = get_worker(), get_worker().get_current_task()
    secede()
    for _ in range(DEATHS):
        with suppress(_GoneError), _process() as connection:
            _send(connection, (task, part))
            return _pass_on(connection, setting, lambda: _wanted(worker, key))
    raise BadValue(
        f"{DEATHS} processes died at the same part of the work, perhaps for want of memory; run it again, with more "
        "memory for each worker: what is done is kept"
    )


def serve(handle: int) -> None:
    """In the process beside a worker: do the task that comes through the pipe, whose other end has the cluster."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    connection = Connection(handle)
    task, part = connection.recv()
    try:
        message = ("done", task(part, _Cluster(connection)))
    except Exception as error:
        message = ("failed", sendable(error))
    connection.send(message)


class _Cluster(Executor):
    """The cluster as it is seen from the process beside a worker."""

    name = "dask"
    workers = None

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def start(self, task: Task[P], parts: int) -> AbstractContextManager[Crew[P]]:
        """The workers of the cluster; one crew at a time."""
        self._connection.send(("start", task))
        return nullcontext(_Crew(self._connection))


class _Crew(Crew[P]):
    room = 1
    """The scheduler takes whatever comes."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._parts = connection, 0

    def submit(self, part: P) -> None:
        self._connection.send(("submit", part))
        self._parts += 1

    def wait(self, seconds: float | None = None) -> list[Done[P]]:
        if not self._parts:
            return []
        self._connection.send(("wait", seconds))
        found: list[Done[P]] = self._connection.recv()
        self._parts -= len(found)
        return found


class _GoneError(Exception):
    """The process beside the worker is gone."""


@contextmanager
def _process() -> Iterator[Connection]:
    """A new process, by the end of the pipe to it; Dask's own workers may not have children by multiprocessing."""
    ours, theirs = Pipe()
    path = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-P", "-c", CODE, str(theirs.fileno())]
    process = subprocess.Popen(  # noqa: S603 - this Python, with our own words
        command, pass_fds=[theirs.fileno()], env=os.environ | {"PYTHONPATH": path}
    )
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.kill()
        process.wait()


def _pass_on(connection: Connection, setting: Setting, wanted: Callable[[], bool]) -> Any:
    """Do what the process asks of the cluster until it is done, or nobody wants it any more; returns its result."""
    crew: ClusterCrew[Any] | None = None
    try:
        while wanted():
            match _heard(connection):
                case "done", result:
                    return result
                case "failed", error:
                    raise error
                case "start", task:
                    crew = ClusterCrew(get_client(), task, setting, call, priority=1)
                case "submit", part:
                    assert crew is not None
                    crew.submit(part)
                case "wait", seconds:
                    assert crew is not None
                    _send(connection, _waited(connection, crew, seconds, wanted))
        return None
    finally:
        if crew is not None:
            crew.cancel()


def _waited(
    connection: Connection, crew: Crew[Any], seconds: float | None, wanted: Callable[[], bool]
) -> list[Done[Any]]:
    until = math.inf if seconds is None else time.monotonic() + seconds
    while wanted():
        left = max(0.0, until - time.monotonic())
        if (found := crew.wait(min(left, LOOK))) or left <= LOOK:
            return found
        if connection.poll():  # it waits for an answer, and so has nothing to say but that it died
            raise _GoneError
    return []


def _wanted(worker: Any, key: Any) -> bool:
    """Whether somebody still waits for the task: a driver that was killed does not."""
    found = worker.state.tasks.get(key)
    return found is not None and found.state in ("executing", "long-running")


def _heard(connection: Connection) -> Any:
    try:
        return connection.recv()
    except (EOFError, OSError) as error:
        raise _GoneError from error


def _send(connection: Connection, message: Any) -> None:
    try:
        connection.send(message)
    except OSError as error:
        raise _GoneError from error


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(1)
