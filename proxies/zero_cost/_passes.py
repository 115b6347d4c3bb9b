"""Measurements that are made when they are first asked for, kept, and booked with the seconds that they took."""

import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Book:
    """What was measured, how long each measurement took by itself, and which others it rests on."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._seconds: dict[str, float] = {}
        self._uses: dict[str, set[str]] = {}
        self._open: list[_Entry] = []

    def value(self, name: str, make: Callable[[], T]) -> T:
        """What `make` gave when this name was first asked for."""
        if name not in self._values:
            self._values[name] = self._measure(name, make)
        if self._open:
            self._open[-1].uses |= self._uses[name]
        value: T = self._values[name]
        return value

    def alone(self, name: str) -> float:
        """The seconds that this measurement would have taken alone: its own and those of all that it rests on."""
        return sum(self._seconds[used] for used in self._uses[name])

    def _measure(self, name: str, make: Callable[[], T]) -> T:
        entry = _Entry()
        self._open.append(entry)
        began = time.perf_counter()
        try:
            value = make()
        finally:
            self._open.pop()
            elapsed = time.perf_counter() - began
            if self._open:
                self._open[-1].inner += elapsed
        self._seconds[name], self._uses[name] = elapsed - entry.inner, entry.uses | {name}
        return value


class Pass(Generic[T]):
    """An attribute that is measured when it is first read, through the owner's `book`."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute, self.__doc__ = compute, compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        """Remember what the attribute is called."""
        self._name = name

    def __get__(self, look: Any, owner: type) -> T:
        """The measurement."""
        book: Book = look.book
        return book.value(self._name, lambda: self._compute(look))


class _Entry:
    """A measurement under way: the seconds spent in others that it asked for, and their names."""

    def __init__(self) -> None:
        self.inner = 0.0
        self.uses: set[str] = set()
