"""The process beside a worker of Dask, in which a part is done whose own parts the cluster does: see `dask_apart`."""

import os
import signal
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from multiprocessing.connection import Connection

from harness.executors import Crew, Done, Executor, P, Task
from harness.sent_error import sendable

LOOK = 1.0
"""Seconds between two looks at who is still there."""


def serve(handle: int) -> None:
    """Say that it has begun; then do the task that comes through the pipe, whose other end has the cluster."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    connection = Connection(handle)
    connection.send("ready")
    try:
        task, part = connection.recv()
        message = ("done", task(part, _Cluster(connection)))
    except (Exception, SystemExit) as error:
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


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(1)
