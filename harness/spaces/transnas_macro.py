"""The macro space of TransNAS-Bench-101: which modules widen and which shrink (Duan et al., CVPR 2021, section 3.2)."""

import itertools
import re
from collections.abc import Sequence

from harness.errors import BadValue
from harness.space import Arch, Catalogue, SearchSpace, catalogue_of

ABSENT, NORMAL, WIDER, SMALLER, BOTH = range(5)
"""A module that is not there; one that keeps the shape; doubles the channels; halves the resolution; does both."""

FEWEST, MOST = 4, 6
"""Modules of a network."""

_PATTERN = re.compile(rf"64-([1-4]{{{FEWEST},{MOST}}})-basic")


class TransnasMacro(SearchSpace):
    """3,256 networks of four to six modules, in the order of their decisions; the official file has no other order.

    A decision is a module's digit, 0 for the modules that a shorter network lacks at its end. One to four modules
    halve the resolution and one to three double the channels: with these bounds there are as many networks as the
    benchmark has.
    """

    name = "transnas_macro"
    choices = (5,) * MOST

    @property
    def size(self) -> int:
        """The number of networks that meet the bounds."""
        return 3256

    def admits(self, arch: Sequence[int]) -> bool:
        """Whether there are modules enough, none behind a gap, and the resolution and channels stay within bounds."""
        modules = [module for module in arch if module != ABSENT]
        smaller = sum(module in (SMALLER, BOTH) for module in modules)
        wider = sum(module in (WIDER, BOTH) for module in modules)
        gapless = ABSENT not in arch[: len(modules)]
        return gapless and len(modules) >= FEWEST and 1 <= smaller <= 4 and 1 <= wider <= 3

    def catalogue(self) -> Catalogue:
        """The product of all options, without what is not admitted."""
        return catalogue_of([arch for arch in itertools.product(*map(range, self.choices)) if self.admits(arch)])

    def encode(self, arch: Arch) -> str:
        """Write the network as `64-MODULES-basic`: 64 channels at first, a digit per module, ResNet's basic block."""
        return f"64-{''.join(str(module) for module in arch if module != ABSENT)}-basic"

    def decode(self, text: str) -> Arch:
        """Read the official string; a `BadValue` says what is wrong with it."""
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            raise BadValue(
                f"{text!r} is no network of transnas_macro: write it as 64-MODULES-basic with four to six digits "
                "1 to 4, for example 64-1234-basic"
            )
        arch = tuple(map(int, match[1].ljust(MOST, str(ABSENT))))
        if not self.admits(arch):
            raise BadValue(
                f"{text!r} is no network of transnas_macro: one to four of its modules are 3 or 4 (resolution halved), "
                "one to three are 2 or 4 (channels doubled)"
            )
        return arch

    def canonical(self, arch: Arch) -> Arch:
        """Return the network itself: each module has weights of its own, so no two compute the same function."""
        return arch
