"""Processes of this machine: a worker that dies is replaced, and none outlives the run."""

import logging
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from multiprocessing.connection import Connection, wait
from typing import Any

from harness.errors import BadValue
from harness.executors import Crew, Done, Executor, InProcess, P, Task, width_of
from harness.pool_worker import Worker, ending, hire

DEATHS = 3
"""So many workers may die at one part; then it is the part's fault, or the machine's."""

FAREWELL = 5.0
"""Seconds that an idle worker has to leave by itself."""

log = logging.getLogger("nasgauge")


class Processes(Executor):
    """Local processes, each of which does one part at a time; one worker, or one part, needs none but this.

    A part of some width has that many processes of its own, and so many fewer parts are done beside it. Narrower ones
    go before it while it does not fit.
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


class _Crew(Crew[P]):
    """Each worker has a pipe, so that it is known what a dead one was at."""

    def __init__(self, task: Task[P], workers: int) -> None:
        self._task, self._workers = task, workers
        self._waiting: dict[int, deque[tuple[int, P]]] = {}  # by width, each with its ticket
        self._idle: list[Worker] = []
        self._busy: dict[Connection, tuple[Worker, int, P]] = {}
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
        return self._workers - self._at_work()

    def _width(self, part: P) -> int:
        return min(width_of(part), self._workers)

    def _at_work(self) -> int:
        return sum(self._width(part) for _, _, part in self._busy.values())

    def submit(self, part: P) -> None:
        self._waiting.setdefault(self._width(part), deque()).append((self._tickets, part))
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
        worker, ticket, part = self._busy[connection]
        try:
            message = connection.recv()
        except (EOFError, OSError):
            del self._busy[connection]
            self._bury(worker, ticket, part)
            return []
        if message is None:
            worker.ready = True
            return []
        del self._busy[connection]
        self._idle.append(worker)
        result, error = message
        if error is not None:
            raise error
        return [Done(part, result)]

    def _bury(self, worker: Worker, ticket: int, part: P) -> None:
        """A worker died: another one does its part again."""
        worker.connection.close()
        worker.process.join()
        code = worker.process.exitcode
        if not worker.ready and code is not None and code >= 0:
            raise BadValue(
                f"a worker process could not begin (exit code {code}), and has printed why; a script must be "
                'a file, with what it does under if __name__ == "__main__":'
            )
        self._deaths[ticket] += 1
        if self._deaths[ticket] == DEATHS:
            raise BadValue(_verdict(code))
        log.warning("a worker process died, %s; what it was at is done again", ending(code))
        self._waiting.setdefault(self._width(part), deque()).appendleft((ticket, part))

    def _hand_out(self) -> None:
        """Whatever fits, in the order of the tickets: nobody waits for a wide part to find its place."""
        while queue := self._next():
            ticket, part = queue.popleft()
            worker = self._idle.pop() if self._idle else hire(self._task)
            self._busy[worker.connection] = (worker, ticket, part)
            with suppress(OSError):  # a worker that died idle: its end is heard as that of a busy one
                worker.connection.send(part)

    def _next(self) -> deque[tuple[int, P]] | None:
        free = self._workers - self._at_work()
        fitting = [queue for width, queue in self._waiting.items() if queue and width <= free]
        return min(fitting, key=lambda queue: queue[0][0], default=None)


def _verdict(code: int | None) -> str:
    kill = code == -signal.SIGKILL
    return (
        f"{DEATHS} processes died at the same part of the work, the last one {ending(code)}"
        f"{', perhaps for want of memory' * kill}; run it again{', with fewer --workers' * kill}: what is done is kept"
    )
