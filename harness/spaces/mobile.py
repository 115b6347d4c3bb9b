"""MobileNet-like networks of elastic depth, kernels and widths (Cai et al., Once-for-All, ICLR 2020, section 3.2).

Two units of one to three inverted residual blocks; each block has a kernel and a ratio by which it widens its input.
The paper's space has five units of two to four blocks with kernels 3, 5, 7 and ratios 3, 4, 6; this one is smaller, so
that its networks make sense for images of 8 to 32 pixels a side.
"""

import itertools
import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from harness.errors import BadValue
from harness.space import Arch, Catalogue, SearchSpace
from harness.spaces._lazy import digits_of, lazy_catalogue, number_of

UNITS = 2
DEPTHS, KERNELS, EXPANSIONS = (1, 2, 3), (3, 5), (2, 3, 4)

_BLOCK = (len(KERNELS), len(EXPANSIONS))
_UNIT = (len(DEPTHS), *_BLOCK * max(DEPTHS))
_FIRST: tuple[int, ...] = tuple(itertools.accumulate((math.prod(_BLOCK) ** depth for depth in DEPTHS), initial=0))
"""Where the units of each depth begin among all units, and how many there are: 6 + 36 + 216 = 258."""

_WRITTEN = re.compile(r"d([0-9]+):(.*)")
_WRITTEN_BLOCK = re.compile(r"k([0-9]+)e([0-9]+)")
_FORM = "d2:k3e4-k5e2|d1:k3e3, the units joined by |, of each its depth and for each block kernel and expansion"


class Block(NamedTuple):
    """An inverted residual block: the side of its kernel, and how many times its input it is wide."""

    kernel: int
    expansion: int


class Mobile(SearchSpace):
    """66,564 networks, in the order of depth and blocks of the first unit, then of the second.

    The decisions are, for each unit, its depth and then kernel and expansion of each of three blocks; those of blocks
    beyond the depth do not matter. What differs in these alone is one architecture with one index.
    """

    name = "mobile"
    choices = _UNIT * UNITS

    @property
    def size(self) -> int:
        """The number of different networks."""
        return math.prod((_FIRST[-1],) * UNITS)

    def admits(self, arch: Sequence[int]) -> bool:
        """Any options go together."""
        return True

    def catalogue(self) -> Catalogue:
        """The canonical architectures in lexicographic order; each other one has the index of its own."""
        return lazy_catalogue(self.size, _at, _place)

    def encode(self, arch: Arch) -> str:
        """Write it as `d2:k3e4-k5e2|d1:k3e3`: of each unit the depth, and of each block kernel and expansion."""
        return "|".join(
            f"d{len(blocks)}:" + "-".join(f"k{block.kernel}e{block.expansion}" for block in blocks)
            for blocks in units_of(arch)
        )

    def decode(self, text: str) -> Arch:
        """Read `d2:k3e4-k5e2|d1:k3e3`; a `BadValue` names the number or the form that is wrong."""
        units = text.strip().split("|")
        if len(units) != UNITS:
            raise BadValue(f"{text!r} has {len(units)} units and not the {UNITS} of mobile: write it as {_FORM}")
        return tuple(option for unit in units for option in _read(unit))

    def canonical(self, arch: Arch) -> Arch:
        """Return it with option 0 for the blocks beyond the depth of their unit."""
        return tuple(option for unit in _split(arch) for option in _padded(unit[0], unit[1 : 1 + _decisions(unit[0])]))


def units_of(arch: Arch) -> tuple[tuple[Block, ...], ...]:
    """The blocks of each unit."""
    return tuple(
        tuple(
            Block(KERNELS[unit[1 + 2 * k]], EXPANSIONS[unit[2 + 2 * k]]) for k in range(DEPTHS[unit[0]])
        )
        for unit in _split(arch)
    )  # fmt: skip


def _split(arch: Sequence[int]) -> list[Arch]:
    """The decisions of each unit."""
    return [tuple(arch[start : start + len(_UNIT)]) for start in range(0, len(arch), len(_UNIT))]


def _decisions(depth: int) -> int:
    """How many decisions the blocks of a unit with this option of depth take."""
    return DEPTHS[depth] * len(_BLOCK)


def _padded(depth: int, blocks: Sequence[int]) -> Arch:
    return (depth, *blocks, *(0,) * (len(_UNIT) - 1 - len(blocks)))


def _at(index: int) -> Arch:
    return tuple(option for place in digits_of((_FIRST[-1],) * UNITS, index) for option in _unit_at(place))


def _unit_at(place: int) -> Arch:
    depth = max(option for option in range(len(DEPTHS)) if _FIRST[option] <= place)
    return _padded(depth, digits_of(_BLOCK * DEPTHS[depth], place - _FIRST[depth]))


def _place(arch: Arch) -> int:
    """The index; a `KeyError` for what is no architecture, in the decisions that do not matter too."""
    number_of(_UNIT * UNITS, arch)
    return number_of((_FIRST[-1],) * UNITS, [_unit_place(unit) for unit in _split(arch)])


def _unit_place(unit: Arch) -> int:
    blocks = unit[1 : 1 + _decisions(unit[0])]
    return _FIRST[unit[0]] + number_of(_BLOCK * DEPTHS[unit[0]], blocks)


def _read(text: str) -> Arch:
    """The decisions of a unit."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise BadValue(f"{text!r} is no unit of mobile: write a network as {_FORM}")
    blocks = match[2].split("-")
    depth = _option("depth", DEPTHS, match[1], text)
    if len(blocks) != DEPTHS[depth]:
        raise BadValue(f"{text!r} has {len(blocks)} blocks, and not {DEPTHS[depth]} as its depth says")
    return _padded(depth, [option for block in blocks for option in _read_block(block, text)])


def _read_block(block: str, text: str) -> Arch:
    match = _WRITTEN_BLOCK.fullmatch(block)
    if match is None:
        raise BadValue(f"{block!r} in {text!r} is no block of mobile: write it as k3e4, kernel 3 and expansion 4")
    return _option("kernel", KERNELS, match[1], text), _option("expansion", EXPANSIONS, match[2], text)


def _option(what: str, allowed: Sequence[int], number: str, text: str) -> int:
    if number not in map(str, allowed):
        raise BadValue(f"{what} {number} in {text!r}: mobile has {', '.join(map(str, allowed))}")
    return allowed.index(int(number))
