"""The NAS-Bench-Macro network: eight layers, three blocks each (Su et al., CVPR 2021, section 4.1)."""

import re

from harness.errors import BadValue
from harness.space import Arch, ProductSpace

BLOCKS = ("Identity", "MB3_K3", "MB6_K5")
"""The block of each digit: none, or an inverted residual with that expansion and kernel."""

STAGES = (2, 3, 3)
"""Layers of each stage. The first layer of a stage halves the image and doubles the channels, whatever its block."""

_PATTERN = re.compile(r"[0-2]{8}")


class NbMacro(ProductSpace):
    """6,561 networks in the order of their strings, of 3,969 classes."""

    name = "nb_macro"
    choices = (3,) * sum(STAGES)

    def encode(self, arch: Arch) -> str:
        """Write the network as eight digits, one per layer."""
        return "".join(map(str, arch))

    def decode(self, text: str) -> Arch:
        """Read eight digits; a `BadValue` says what they are."""
        digits = text.strip()
        if _PATTERN.fullmatch(digits) is None:
            blocks = ", ".join(f"{digit} {block}" for digit, block in enumerate(BLOCKS))
            raise BadValue(f"{text!r} is no network of nb_macro: write eight digits, one per layer ({blocks})")
        return tuple(map(int, digits))

    def canonical(self, arch: Arch) -> Arch:
        """Move the identities of a stage behind its other blocks: they pass their input on unchanged, so none is lost.

        The first layer of a stage stays: there the identity is a convolution of stride 2. The benchmark's authors
        trained one network of each class and gave its results to all of it.
        """
        moved: list[int] = []
        for layers in STAGES:
            first, *rest = arch[len(moved) : len(moved) + layers]
            moved += [first, *sorted(rest, key=lambda block: block == 0)]
        return tuple(moved)
