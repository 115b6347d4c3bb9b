"""The pickle machine: a stack, a memo, and the opcodes that protocols 2 to 5 need for values.

The opcodes are those of CPython's `pickletools`; what Python 2 wrote as a string is bytes. Values come from opcodes and
from our own constructors alone, so that no pickle can import, call or subclass anything; what takes memory is counted
while it comes, not when it is claimed.
"""

import pickletools
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from harness.errors import BadValue
from harness.pickles import _atoms, _calls, _containers
from harness.pickles._allowed import NUMPY
from harness.pickles._source import Source
from harness.pickles._state import Opcode, State

MEMORY = 512 << 20
"""Bytes that values may take, estimated from above."""

PROTOCOLS = range(2, 6)


def read(
    stream: BinaryIO,
    allowed: Mapping[str, Callable[..., Any]] = NUMPY,
    *,
    on_dict: Callable[[dict[Any, Any]], object] | None = None,
    limit: int = MEMORY,
) -> Any:
    """Read one pickle and leave the stream just behind it.

    `allowed` gives, for each global that may be named, what is called in its place; an `OrderedDict` becomes a dict.
    `on_dict` is called with each dict whenever items have come into it, at most 1,000 at a time. When it returns
    something true, it has taken the dict's content: the dict is emptied and cannot be fetched again, and what came with
    these items only for a while, or as long as it is fetched again and again. So memory stays small however long the
    pickle is. `limit` bounds the bytes of memory that all values still held may take.

    Raises `BadValue`, naming the stream if it has a name, for a pickle that is damaged or wants anything else; then
    nothing of it has run.
    """
    source = Source(stream, longest=limit // 4)
    state = State(source, allowed, on_dict, limit)
    source.weigh = state.weigh
    _begin(source)
    while not state.done:
        if source.at == len(source.data):
            source.fetch(1)
        code = source.data[source.at]
        source.at += 1
        _HANDLERS[code](state)
    value = state.pop()
    if state.stack or state.marks:
        raise source.bad("ends with values that belong to nothing")
    if source.position < state.frame:
        raise source.bad("ends before the frame that it is in")
    source.give_back()
    source.weigh = None  # else the two hold each other, and with them the last block, until garbage is collected
    return value


def _begin(source: Source) -> None:
    if source.byte() != 0x80 or source.byte() not in PROTOCOLS:
        raise BadValue(
            f"{source.name} is no pickle of protocol {PROTOCOLS[0]} to {PROTOCOLS[-1]}; "
            "check that it is the official file, and download it again"
        )


def _frame(state: State) -> None:
    """Frames help who reads ahead; only that they are whole is checked, at the end."""
    length = state.source.number(8)
    state.frame = state.source.position + length


def _stop(state: State) -> None:
    state.done = True


def _refuse(state: State) -> None:
    code = state.source.data[state.source.at - 1]
    names = [opcode.name for opcode in pickletools.opcodes if ord(opcode.code) == code]
    name = names[0] if names else f"{code:#04x}, which does not exist"
    raise state.source.bad(f"wants the opcode {name}, which plain values do not need")


def _handlers() -> list[Opcode]:
    handlers: list[Opcode] = [_refuse] * 256
    for opcodes in (_atoms.OPCODES, _calls.OPCODES, _containers.OPCODES, {b"\x95": _frame, b".": _stop}):
        for code, handler in opcodes.items():
            handlers[code[0]] = handler
    return handlers


_HANDLERS = _handlers()
