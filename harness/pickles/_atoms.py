"""The opcodes of plain values and of the memo."""

from struct import Struct

from harness.pickles._runs import fetched_floats, named_floats, numbered_floats
from harness.pickles._state import Opcode, State

_FLOAT = Struct(">d").unpack
_INT = Struct("<i").unpack


def _constant(value: bool | tuple[()] | None) -> Opcode:
    def push(state: State) -> None:
        state.stack.append(value)

    return push


def _unsigned(width: int) -> Opcode:
    def push(state: State) -> None:
        state.stack.append(state.source.number(width))

    return push


def _byte(state: State) -> None:
    if not numbered_floats(state):
        state.stack.append(state.source.byte())


def _int(state: State) -> None:
    state.stack.append(_INT(state.source.take(4))[0])


def _long(state: State) -> None:
    """An integer of at most 255 bytes; longer ones have an opcode that is refused."""
    data = state.source.take(state.source.byte())
    state.held += len(data)
    state.stack.append(int.from_bytes(data, "little", signed=True))


def _float(state: State) -> None:
    state.stack.append(_FLOAT(state.source.take(8))[0])


def _text(width: int) -> Opcode:
    def push(state: State) -> None:
        if named_floats(state, width):
            return
        data = state.source.take(state.source.number(width))
        state.held += len(data)
        try:
            state.stack.append(data.decode())
        except UnicodeDecodeError as error:
            raise state.source.bad("holds text that is no UTF-8") from error

    return push


def _bytes(width: int) -> Opcode:
    def push(state: State) -> None:
        data = state.source.take(state.source.number(width))
        state.held += len(data)
        state.stack.append(data)

    return push


def _get(width: int) -> Opcode:
    def push(state: State) -> None:
        if fetched_floats(state, width):
            return
        index = state.source.number(width)
        state.stack += state.fetch((index,))

    return push


def _put(width: int) -> Opcode:
    def keep(state: State) -> None:
        index = state.source.number(width)
        state.memo[index] = _top(state)

    return keep


def _memoize(state: State) -> None:
    state.memo.add(_top(state))


def _top(state: State) -> object:
    if not state.stack:
        raise state.source.bad("keeps a value where there is none")
    top: object = state.stack[-1]
    return top


OPCODES: dict[bytes, Opcode] = {
    b"N": _constant(None),
    b"\x88": _constant(True),
    b"\x89": _constant(False),
    b")": _constant(()),
    b"K": _byte,
    b"M": _unsigned(2),
    b"J": _int,
    b"\x8a": _long,
    b"G": _float,
    b"\x8c": _text(1),
    b"X": _text(4),
    b"C": _bytes(1),
    b"B": _bytes(4),
    b"U": _bytes(1),  # what Python 2 calls a string
    b"T": _bytes(4),
    b"h": _get(1),
    b"j": _get(4),
    b"q": _put(1),
    b"r": _put(4),
    b"\x94": _memoize,
}
