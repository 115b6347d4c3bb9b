"""What a pickle keeps to fetch again, and how it is let go."""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np

WINDOW = 64 << 20
"""Bytes, estimated from above, of what came with dicts that were taken and can be fetched still."""


NEAR = 4096
"""Entries among which one that is taken is looked for; it is the last but for what its items kept."""

_PLAIN = frozenset({str, bytes, tuple, list, dict, set, frozenset, int, float, np.float64, np.float32, np.int64})
"""All but types, which are few, come once, and stay entries."""


class Memo:
    """Entries by number. `forget` puts the newest aside, where they stay while `WINDOW` has room for them.

    What is fetched from there is an entry again: things that many dicts share stay, however long ago they came first.
    """

    __slots__ = ("_aside", "_count", "_entries", "_highest", "weight")

    def __init__(self) -> None:
        self._entries: dict[int, Any] = {}
        self._aside: deque[tuple[dict[int, Any], int]] = deque()
        self._count = 0
        self._highest = -1
        self.weight = 0

    def __len__(self) -> int:
        return len(self._entries)

    def fetch(self, indices: Sequence[int]) -> list[Any]:
        """The entries; `KeyError` with the first of which there is none, or none any more."""
        entries = self._entries
        try:
            return [entries[index] for index in indices]
        except KeyError:
            for index in indices:
                if index not in entries:
                    entries[index] = self._set_aside(index)
            return [entries[index] for index in indices]

    def __setitem__(self, index: int, value: Any) -> None:
        self._count += index not in self._entries
        self._entries[index] = value

    def add(self, value: Any) -> None:
        """Keep the value under the next number."""
        self._entries[self._count] = value
        self._count += 1

    def extend(self, values: list[str]) -> None:
        """Keep each of the values under the next number."""
        self._entries.update(zip(range(self._count, self._count + len(values)), values, strict=True))
        self._count += len(values)

    def update(self, indices: Iterable[int], values: Iterable[Any]) -> None:
        """Keep values under numbers of the pickle's own."""
        before = len(self._entries)
        self._entries.update(zip(indices, values, strict=True))
        self._count += len(self._entries) - before

    def was_let_go(self, index: int) -> bool:
        """Whether there may have been an entry of this number."""
        return index <= self._highest

    def forget(self, size: int, taken: dict[Any, Any], weight: int) -> None:
        """Put aside what came after the first `size` entries, `weight` bytes; let go of `taken` itself."""
        newest = dict(islice(self._entries.items(), size, None))
        self._entries = dict(islice(self._entries.items(), size))
        for index in islice(reversed(self._entries), NEAR):
            if self._entries[index] is taken:
                self._highest = max(self._highest, index)
                del self._entries[index]
                break
        self._entries.update((index, value) for index, value in newest.items() if type(value) not in _PLAIN)
        self._aside.append((newest, weight))
        self.weight += weight
        while self.weight > WINDOW:
            gone, weight = self._aside.popleft()
            self._highest = max(self._highest, *gone, -1)
            self.weight -= weight

    def _set_aside(self, index: int) -> Any:
        for values, _ in reversed(self._aside):
            if index in values:
                return values[index]
        raise KeyError(index)
