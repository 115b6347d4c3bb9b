"""The opcodes that name a global, call one, or fill what one has made."""

from typing import Any

from harness.errors import BadValue
from harness.pickles._arrays import fill
from harness.pickles._global import Global
from harness.pickles._state import OBJECT, Opcode, State


def _global(state: State) -> None:
    _find(state, state.source.line(), state.source.line())


def _stack_global(state: State) -> None:
    name, module = state.pop(), state.pop()
    if type(name) is not str or type(module) is not str:
        raise state.source.bad("names a global by what is no name")
    _find(state, module, name)


def _find(state: State, module: str, name: str) -> None:
    wanted = f"{module}.{name}"
    make = state.allowed.get(wanted)
    if make is None:
        raise BadValue(
            f"{state.source.name} wants {ascii(wanted[:200])[1:-1]}: nothing of that kind is run. Allowed are "
            f"{', '.join(sorted(state.allowed)) or 'none'}; download the file again from its official page"
        )
    state.stack.append(Global(wanted, make))


def _reduce(state: State) -> None:
    arguments, called = state.pop(), state.pop()
    if type(called) is not Global or type(arguments) is not tuple:
        raise state.source.bad("calls what is no allowed global")
    state.hold(OBJECT + sum(_size(argument) for argument in arguments))
    try:
        state.stack.append(called.make(*arguments))
    except (TypeError, ValueError) as error:
        reason = error if isinstance(error, BadValue) else "they are too many, too few or of another kind"
        raise state.source.bad(f"calls {called.name} with what it does not take ({reason})") from error


def _size(argument: Any) -> int:
    """Bytes that may be made of an argument; a few bytes of the pickle can fetch a large one again and again."""
    if type(argument) in (list, tuple):
        return OBJECT * len(argument)
    return len(argument) if type(argument) in (str, bytes) else 0


def _build(state: State) -> None:
    content, target = state.pop(), state.pop()
    try:
        made, size = fill(target, content)
    except BadValue as error:
        raise state.source.bad(str(error)) from error
    state.hold(OBJECT + size)
    state.stack.append(made)


OPCODES: dict[bytes, Opcode] = {b"c": _global, b"\x93": _stack_global, b"R": _reduce, b"b": _build}
