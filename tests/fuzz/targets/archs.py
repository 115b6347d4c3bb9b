"""Architectures as text, in every space: what is read is an architecture, and is written and read again."""

import itertools
from functools import cache

from harness.core import SearchSpace
from harness.registry import load, names


@cache
def spaces() -> list[SearchSpace]:
    return [load("space", name)() for name in names("space")]


def seeds() -> list[bytes]:
    """The place of the space, and the text."""
    found: list[bytes] = []
    for place, space in enumerate(spaces()):
        chosen = (space.all()[index] for index in (0, space.size // 3, space.size - 1))
        found += [bytes([place]) + space.encode(arch).encode() for arch in chosen]
    return found


def check(data: bytes) -> None:
    space = spaces()[(data or b"\0")[0] % len(spaces())]
    text = data[1:].decode("utf-8", "surrogateescape")
    arch = space.decode(text)
    assert space.is_valid(arch), f"{text!r} gives {arch}"
    index = space.index(arch)
    assert space.canonical(space.all()[index]) == space.canonical(arch)
    again = space.decode(space.encode(arch))
    assert space.canonical(again) == space.canonical(arch), f"{text!r} gives {arch}, then {again}"
    options = tuple(itertools.islice(itertools.cycle(data), len(space.choices)))
    if space.is_valid(options):
        space.index(options)
