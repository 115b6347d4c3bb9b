"""Processes of this machine: a worker that dies is replaced, and none outlives the run."""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, NamedTuple

from harness.errors import BadValue
from harness.executors import Crew, Done, Executor, InProcess, P, Task, width_of
from harness.sent_error import sendable

DEATHS = 3
"""So many workers may die at one part; then it is the part's fault, or the machine's."""

FAREWELL = 5.0
"""Seconds that an idle worker has to leave by itself."""

log = logging.getLogger("nasgauge")


class Processes(Executor):
    """Local processes, each of which does one part at a time; one worker, or one part, needs none but this.

    A part of some width has that many processes of its own, and so many fewer parts are done beside it.
    """

    name = "processes"

    def __init__(self, workers: int) -> None:
        self.workers: int = workers

    def start(self, task: Task[P], parts: int) -> AbstractContextManager[Crew[P]]:
        """A crew of as many processes as there are parts, up to `workers`."""
        workers = min(self.workers, parts)
        return InProcess().start(task, parts) if workers < 2 else _Crew(partial(_do, task, workers), workers)


def in_processes(task: Callable[[P], Any], parts: Sequence[P], workers: int) -> Iterator[P]:
    """Do the task on every part in local processes, and yield the parts as they are done."""
    return Processes(workers).run(task, parts)


def _do(task: Callable[..., Any], workers: int, part: P) -> Any:
    """Do the part, with processes for its own parts where it has some."""
    width = min(width_of(part), workers)
    return task(part) if width < 2 else task(part, Processes(width))


class _Worker(NamedTuple):
    process: SpawnProcess
    connection: Connection


class _Crew(Crew[P]):
    """Each worker has a pipe, so that it is known what a dead one was at."""

    def __init__(self, task: Task[P], workers: int) -> None:
        self._task, self._workers = task, workers
        self._waiting: deque[tuple[int, P]] = deque()
        self._idle: list[_Worker] = []
        self._busy: dict[Connection, tuple[_Worker, int, P]] = {}
        self._deaths: Counter[int] = Counter()
        self._tickets = 0

    def __enter__(self) -> "Crew[P]":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Idle workers leave when their pipe ends; where something went wrong, nobody waits for the others."""
        workers = [*self._idle, *(worker for worker, _, _ in self._busy.values())]
        for worker in workers:
            worker.connection.close()
            if kind is not None:
                worker.process.kill()
        until = time.monotonic() + FAREWELL
        for worker in workers:
            worker.process.join(max(0.0, until - time.monotonic()))
            worker.process.kill()
            worker.process.join()

    @property
    def room(self) -> int:
        return self._workers - self._at_work() - sum(self._width(part) for _, part in self._waiting)

    def _width(self, part: P) -> int:
        return min(width_of(part), self._workers)

    def _at_work(self) -> int:
        return sum(self._width(part) for _, _, part in self._busy.values())

    def submit(self, part: P) -> None:
        self._waiting.append((self._tickets, part))
        self._tickets += 1
        self._hand_out()

    def wait(self, seconds: float | None = None) -> list[Done[P]]:
        found: list[Done[P]] = []
        until = None if seconds is None else time.monotonic() + seconds
        while self._busy and not found:
            left = None if until is None else max(0.0, until - time.monotonic())
            ready = wait(list(self._busy), left)
            for connection in ready:
                assert isinstance(connection, Connection)
                found += self._hear(connection)
            self._hand_out()
            if not ready:
                break
        return found

    def _hear(self, connection: Connection) -> list[Done[P]]:
        worker, ticket, part = self._busy.pop(connection)
        try:
            result, error = connection.recv()
        except (EOFError, OSError):
            self._bury(worker, ticket, part)
            return []
        self._idle.append(worker)
        if error is not None:
            raise error
        return [Done(part, result)]

    def _bury(self, worker: _Worker, ticket: int, part: P) -> None:
        """A worker died: another one does its part again."""
        worker.connection.close()
        worker.process.join()
        self._deaths[ticket] += 1
        end = _ending(worker.process.exitcode)
        if self._deaths[ticket] == DEATHS:
            raise BadValue(
                f"{DEATHS} processes died at the same part of the work, the last one {end}, perhaps for want of "
                "memory; run it again, with fewer --workers: what is done is kept"
            )
        log.warning("a worker process died, %s; what it was at is done again", end)
        self._waiting.appendleft((ticket, part))

    def _hand_out(self) -> None:
        while self._waiting and self._at_work() + self._width(self._waiting[0][1]) <= self._workers:
            ticket, part = self._waiting.popleft()
            worker = self._idle.pop() if self._idle else self._hire()
            self._busy[worker.connection] = (worker, ticket, part)
            with suppress(OSError):  # a worker that died idle: its end is heard as that of a busy one
                worker.connection.send(part)

    def _hire(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(self._task, theirs))
        process.start()
        theirs.close()
        return _Worker(process, ours)


def _ending(code: int | None) -> str:
    return f"killed by signal {-code}" if code is not None and code < 0 else f"with exit code {code}"


def _serve(task: Task[Any], connection: Connection) -> None:
    """In a worker: do what comes through the pipe until it ends.

    An interrupt is for the run to handle, and the end of the run is the end of the worker, whatever it is doing.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            part = connection.recv()
        except EOFError:
            return
        try:
            connection.send((task(part), None))
        except Exception as error:
            connection.send((None, sendable(error)))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
