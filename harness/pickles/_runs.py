"""Whole runs of (key, float) pairs read at once: nearly all of a training curve.

A regular expression finds a run and compiled code splits it, many times as fast as opcode by opcode.
"""

import re
from itertools import chain
from struct import Struct, unpack

from harness.pickles._state import State

_PAIR = Struct(">xBxd")
_NUMBERED = re.compile(rb"(?:K.G.{8}){1,1000}", re.DOTALL)

# By the width of a number in the memo.
_FETCHED = {
    1: re.compile(rb"(?:h.G.{8}){1,1000}", re.DOTALL),
    4: re.compile(rb"(?:j.{4}G.{8}){1,1000}", re.DOTALL),
}
_INDEX = {1: Struct("<xB9x"), 4: Struct("<xI9x")}
_FLOAT = {1: Struct(">3xd"), 4: Struct(">6xd")}

# By the width of a text's length: the text's length, the text, the number it is kept under if any, the float.
_ITEM = {
    1: re.compile(rb"\x8c(.)([ -~]*+)\x94G(.{8})", re.DOTALL),
    4: re.compile(rb"X(.)\0\0\0([ -qs-~]*+(?:r(?!.{4}G)[ -qs-~]*+)*+)r(.{4})G(.{8})", re.DOTALL),
}
_NAMED = {
    1: re.compile(rb"(?:\x8c.[ -~]*+\x94G.{8}){1,1000}", re.DOTALL),
    4: re.compile(rb"(?:X.\0\0\0[ -qs-~]*+(?:r(?!.{4}G)[ -qs-~]*+)*+r.{4}G.{8}){1,1000}", re.DOTALL),
}


def numbered_floats(state: State) -> bool:
    """Put (byte, float) pairs on the stack if the opcode just read begins some."""
    source = state.source
    run = _NUMBERED.match(source.data, source.at - 1)
    if run is None:
        return False
    state.stack.extend(chain.from_iterable(_PAIR.iter_unpack(run[0])))
    source.at = run.end()
    return True


def fetched_floats(state: State, width: int) -> bool:
    """Put (value of the memo, float) pairs on the stack if the opcode just read begins some."""
    source = state.source
    run = _FETCHED[width].match(source.data, source.at - 1)
    if run is None:
        return False
    keys = state.fetch([index for (index,) in _INDEX[width].iter_unpack(run[0])])
    floats = (number for (number,) in _FLOAT[width].iter_unpack(run[0]))
    state.stack.extend(chain.from_iterable(zip(keys, floats, strict=True)))
    source.at = run.end()
    return True


def named_floats(state: State, width: int) -> bool:
    """Put (text, float) pairs on the stack, and the texts into the memo, if the opcode just read begins some.

    The expression guesses where a text ends. A guess that differs from the text's length counts for nothing; bytes
    guessed in vain are never many more than those guessed rightly, lest a hostile file have them all made in vain.
    """
    source = state.source
    run = _NAMED[width].match(source.data, source.at - 1) if state.guesses > 0 else None
    if run is None:
        return False
    lengths, texts, *indices, floats = zip(*_ITEM[width].findall(run[0]), strict=True)
    if list(b"".join(lengths)) != list(map(len, texts)):
        state.guesses -= len(run[0])
        return False
    state.guesses += len(run[0])
    names = b"\n".join(texts).decode("ascii").split("\n")
    if indices:
        state.memo.update(unpack(f"<{len(names)}I", b"".join(indices[0])), names)
    else:
        state.memo.extend(names)
    values = unpack(f">{len(names)}d", b"".join(floats))
    state.stack.extend(chain.from_iterable(zip(names, values, strict=True)))
    source.at = run.end()
    return True
