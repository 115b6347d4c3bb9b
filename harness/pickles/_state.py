"""The state of the pickle machine: its stack, memo and account of memory."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.errors import BadValue
from harness.pickles._memo import Memo
from harness.pickles._source import Source

DEEPEST = 1_000
"""Containers that may be open at a time."""

GUESSES = 1 << 20
"""Bytes of wrong guesses that are forgiven before the first right one."""

Opcode = Callable[["State"], None]

# Bytes that things take, estimated from above.
ITEM = 64
ENTRY = 128
OBJECT = 256


class State:
    """`stack` holds what came since the last mark, `marks` what came before; `held` estimates bytes within values."""

    __slots__ = ("allowed", "done", "frame", "guesses", "held", "limit", "marks", "memo", "on_dict", "source", "stack")

    def __init__(
        self,
        source: Source,
        allowed: Mapping[str, Callable[..., Any]],
        on_dict: Callable[[dict[Any, Any]], object] | None,
        limit: int,
    ) -> None:
        self.source = source
        self.allowed = allowed
        self.on_dict = on_dict
        self.limit = limit
        self.stack: list[Any] = []
        self.marks: list[tuple[list[Any], int, int]] = []
        self.memo = Memo()
        self.held = 0
        self.frame = 0
        self.guesses = GUESSES
        self.done = False

    def pop(self) -> Any:
        """The value on top of the stack, taken off."""
        if not self.stack:
            raise self.source.bad("takes a value where there is none")
        return self.stack.pop()

    def top(self, kind: type[Any]) -> Any:
        """The value on top of the stack, which has to be of this very type."""
        if not self.stack or type(self.stack[-1]) is not kind:
            raise self.source.bad(f"fills a {kind.__name__} where there is none")
        return self.stack[-1]

    def fetch(self, indices: Sequence[int]) -> list[Any]:
        """Values kept in the memo."""
        try:
            return self.memo.fetch(indices)
        except KeyError as error:
            index = error.args[0]
            why = "was let go with the dict it stood in" if self.memo.was_let_go(index) else "was never kept"
            raise self.source.bad(f"fetches value {index:,}, which {why}") from error

    def mark(self) -> None:
        """Begin the items of a container."""
        if len(self.marks) == DEEPEST:
            raise self.source.bad(f"opens more than {DEEPEST:,} containers inside each other")
        self.marks.append((self.stack, len(self.memo), self.held))
        self.stack = []

    def items(self) -> tuple[list[Any], int, int]:
        """What came since the last mark, and how large the memo and the account were there; the mark is gone."""
        if not self.marks:
            raise self.source.bad("ends a container that never began")
        items = self.stack
        self.stack, memo, held = self.marks.pop()
        return items, memo, held

    def weigh(self) -> None:
        """Raise `BadValue` when all that is held takes more memory than allowed."""
        waiting = len(self.stack) + sum(len(stack) for stack, _, _ in self.marks)
        held = self.held + ITEM * waiting + ENTRY * len(self.memo) + self.memo.weight
        if held > self.limit:
            raise BadValue(
                f"{self.source.name} holds more than {self.limit:,} bytes of values by byte {self.source.position:,}: "
                "it is no file of this kind, or the official file was damaged"
            )

    def hold(self, size: int) -> None:
        """Enter bytes into the account at once, for what a few bytes of the pickle can make large."""
        self.held += size
        if self.held > self.limit:
            self.weigh()
