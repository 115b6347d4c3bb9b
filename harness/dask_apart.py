"""A part whose own parts are done by the cluster: it runs in a process beside the worker, which passes them on.

In the worker itself it would have to wait, before each step of its own, until the worker has done what it is at:
torch's settings and random state are the process'.
"""

import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from distributed import get_client, get_worker, secede

from harness.dask_beside import LOOK
from harness.dask_crew import ClusterCrew
from harness.dask_worker import Setting, call, settle
from harness.errors import BadValue
from harness.executors import Crew, Done, Task, width_of
from harness.pool import DEATHS
from harness.pool_worker import ending

CODE = "import sys; from harness.dask_beside import serve; serve(int(sys.argv[1]))"

Process = subprocess.Popen[bytes]


def do(setting: Setting, task: Task[Any], part: Any) -> Any:
    """Do the task on the part in this worker; beside it, where the part has parts of its own."""
    if width_of(part) < 2:
        return call(setting, task, part)
    settle(setting)
    worker, key = get_worker(), get_worker().get_current_task()
    secede()
    for _ in range(DEATHS):
        with suppress(_GoneError), _process(setting) as (process, connection):
            _send(connection, (task, part))
            return _pass_on(connection, setting, lambda: _wanted(worker, key))
    kill = process.returncode == -signal.SIGKILL
    raise BadValue(
        f"{DEATHS} processes died at the same part of the work, the last one {ending(process.returncode)}"
        f"{', perhaps for want of memory' * kill}; run it again{', with more memory for each worker' * kill}: what is "
        "done is kept"
    )


class _GoneError(Exception):
    """The process beside the worker is gone."""


@contextmanager
def _process(setting: Setting) -> Iterator[tuple[Process, Connection]]:
    """A new process, and the end of the pipe to it; Dask's own workers may not have children by multiprocessing."""
    ours, theirs = Pipe()
    command = [sys.executable, "-P", "-c", CODE, str(theirs.fileno())]
    path = os.pathsep.join(filter(None, setting.search_path()))
    env = setting.environment() | {"PYTHONPATH": path}
    process = subprocess.Popen(  # noqa: S603 - this Python, with our own words
        command, pass_fds=[theirs.fileno()], cwd=setting.folder, env=env
    )
    theirs.close()
    try:
        _see_it_begin(process, ours)
        yield process, ours
    except _GoneError:
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK)  # it ends in its own way, which is told
        raise
    finally:
        ours.close()
        process.kill()
        process.wait()


def _see_it_begin(process: Process, connection: Connection) -> None:
    try:
        _heard(connection)
    except _GoneError as error:
        if (code := process.wait()) >= 0:
            raise BadValue(
                f"a process beside the worker on {socket.gethostname()} could not begin ({ending(code)}), and has "
                "printed why where the worker prints"
            ) from error
        raise


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
