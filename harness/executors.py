"""Where parts of a work are done: in this process, in processes of this machine, or by a Dask cluster.

An executor starts a crew for one task; a crew is handed parts and says which are done. A part that a killed worker was
at is done again, so a task writes what it makes whole or not at all.

A part may have a `width`, how many parts of its own it does at a time: where there is more than one worker, its task is
called with an executor for these beside the part. A part may say what it `needs` of a worker of Dask: `{"GPU": 1}`.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, NamedTuple, TypeVar

P = TypeVar("P")
Task = Callable[[P], Any]


class Done(NamedTuple, Generic[P]):
    """A part that is done, and what the task returned for it."""

    part: P
    result: Any


class Crew(ABC, Generic[P]):
    """Workers that do one task on the parts that they are handed; as a context manager it ends with its block."""

    @property
    @abstractmethod
    def room(self) -> int:
        """How many more parts are worth handing over now: enough to keep every worker busy, and no more."""

    @abstractmethod
    def submit(self, part: P) -> None:
        """Hand a part over."""

    @abstractmethod
    def wait(self, seconds: float | None = None) -> list[Done[P]]:
        """Wait until a part is done, or for so long; returns all that were done since. Raises what a task raised."""


def width_of(part: Any) -> int:
    """How many parts of its own a part does at a time; 1 where it does it all itself."""
    return getattr(part, "width", 1)


class Executor(ABC):
    """Makes crews. `workers` is how many parts it does at a time, None where that may change."""

    name: str
    workers: int | None

    @abstractmethod
    def start(self, task: Task[P], parts: int) -> AbstractContextManager[Crew[P]]:
        """A crew for at most so many parts at a time; its workers end with its block, by an error too."""

    def run(self, task: Task[P], parts: Sequence[P]) -> Iterator[P]:
        """Do the task on every part and yield the parts as they are done; the first error ends all of it."""
        waiting = deque(parts)
        if not waiting:
            return
        with self.start(task, sum(map(width_of, parts))) as crew:
            left = len(parts)
            while left:
                while waiting and crew.room > 0:
                    crew.submit(waiting.popleft())
                for done in crew.wait():
                    left -= 1
                    yield done.part


class InProcess(Executor):
    """The process of the caller, one part after the other."""

    name = "in_process"
    workers = 1

    def start(self, task: Task[P], parts: int) -> AbstractContextManager[Crew[P]]:
        """A crew of one: the caller, at work while it waits."""
        return _Alone(task)


class _Alone(Crew[P]):
    def __init__(self, task: Task[P]) -> None:
        self._task, self._parts = task, deque[P]()

    def __enter__(self) -> "Crew[P]":
        return self

    def __exit__(self, *_: object) -> None:
        self._parts.clear()

    @property
    def room(self) -> int:
        return 1 - len(self._parts)

    def submit(self, part: P) -> None:
        self._parts.append(part)

    def wait(self, seconds: float | None = None) -> list[Done[P]]:
        if not self._parts:
            return []
        part = self._parts.popleft()
        return [Done(part, self._task(part))]
