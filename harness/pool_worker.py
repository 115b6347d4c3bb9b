"""One process of a pool, at the other end of a pipe."""

import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from harness.sent_error import sendable


@dataclass(slots=True)
class Worker:
    """Sends None when it has begun, which is `ready`; then for each part a pair of a result and an error, one None."""

    process: SpawnProcess
    connection: Connection
    ready: bool = False


def hire(task: Callable[[Any], Any]) -> Worker:
    """Start a process that does the task on what is sent to it, until the pipe is closed."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(task, theirs))
    process.start()
    theirs.close()
    return Worker(process, ours)


def ending(code: int | None) -> str:
    """How a process ended, in words."""
    return f"killed by signal {-code}" if code is not None and code < 0 else f"with exit code {code}"


def _serve(task: Callable[[Any], Any], connection: Connection) -> None:
    """In a worker: do what comes through the pipe until it ends.

    An interrupt is for the run to handle, and the end of the run is the end of the worker, whatever it is doing.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    connection.send(None)
    while True:
        try:
            content = connection.recv_bytes()
        except EOFError:
            return
        try:
            connection.send((task(pickle.loads(content)), None))  # noqa: S301 - of the process that started this one
        except Exception as error:
            connection.send((None, sendable(error)))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
