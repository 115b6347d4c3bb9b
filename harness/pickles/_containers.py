"""The opcodes of tuples, lists, dicts and sets."""

from typing import Any

from harness.errors import BadValue
from harness.pickles._keys import check_keys
from harness.pickles._state import ENTRY, ITEM, OBJECT, Opcode, State


def _mark(state: State) -> None:
    state.mark()


def _pop(state: State) -> None:
    """Drop the value on top, or the mark if it is what is on top."""
    if state.stack:
        state.stack.pop()
    else:
        state.items()


def _pop_mark(state: State) -> None:
    state.items()


def _tuple(state: State) -> None:
    items, _, _ = state.items()
    _push_tuple(state, tuple(items))


def _tuple_of(count: int) -> Opcode:
    def push(state: State) -> None:
        items = [state.pop() for _ in range(count)]
        _push_tuple(state, tuple(reversed(items)))

    return push


def _push_tuple(state: State, made: tuple[Any, ...]) -> None:
    state.held += ITEM * (1 + len(made))
    state.stack.append(made)


def _empty_list(state: State) -> None:
    state.stack.append([])


def _append(state: State) -> None:
    _extend(state, [state.pop()])


def _appends(state: State) -> None:
    items, _, _ = state.items()
    _extend(state, items)


def _extend(state: State, items: list[Any]) -> None:
    state.top(list).extend(items)
    state.held += ITEM * (1 + len(items))


def _empty_dict(state: State) -> None:
    state.stack.append({})


def _set_item(state: State) -> None:
    value, key = state.pop(), state.pop()
    target = state.top(dict)
    _update(state, target, [key], [value])
    if state.on_dict and state.on_dict(target):
        target.clear()
        state.memo.forget(len(state.memo), target, 0)


def _set_items(state: State) -> None:
    items, memo, held = state.items()
    if len(items) % 2:
        raise state.source.bad("gives a key without a value")
    target = state.top(dict)
    _update(state, target, items[::2], items[1::2])
    if state.on_dict and state.on_dict(target):
        target.clear()
        state.memo.forget(memo, target, state.held - held + ENTRY * (len(state.memo) - memo))
        state.held = held


def _update(state: State, target: dict[Any, Any], keys: list[Any], values: list[Any]) -> None:
    _check(state, keys)
    target.update(zip(keys, values, strict=True))
    state.held += OBJECT + 2 * ITEM * len(keys)


def _empty_set(state: State) -> None:
    state.held += OBJECT
    state.stack.append(set())


def _add_items(state: State) -> None:
    items, _, _ = state.items()
    _check(state, items)
    state.top(set).update(items)
    state.held += OBJECT + 2 * ITEM * len(items)


def _frozenset(state: State) -> None:
    items, _, _ = state.items()
    _check(state, items)
    state.stack.append(frozenset(items))
    state.held += OBJECT + 2 * ITEM * len(items)


def _check(state: State, keys: list[Any]) -> None:
    try:
        check_keys(keys)
    except BadValue as error:
        raise state.source.bad(f"holds what cannot be read: {error}") from error


OPCODES: dict[bytes, Opcode] = {
    b"(": _mark,
    b"0": _pop,
    b"1": _pop_mark,
    b"t": _tuple,
    b"\x85": _tuple_of(1),
    b"\x86": _tuple_of(2),
    b"\x87": _tuple_of(3),
    b"]": _empty_list,
    b"a": _append,
    b"e": _appends,
    b"}": _empty_dict,
    b"s": _set_item,
    b"u": _set_items,
    b"\x8f": _empty_set,
    b"\x90": _add_items,
    b"\x91": _frozenset,
}
