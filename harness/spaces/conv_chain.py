"""Chains of 3x3 convolutions of any depth and width, for searches that grow networks.

Such are the networks that Net2Net (Chen, Goodfellow & Shlens, ICLR 2016) makes wider and deeper, and that hill climbing
by network morphisms begins with (Elsken, Metzen & Hutter, Simple and efficient architecture search, 2017).
"""

from harness.errors import BadValue
from harness.space import Arch, ProductSpace

STAGES, DEPTH = 2, 3
WIDTHS = (8, 12, 16, 24, 32)
"""The channels of a convolution; option 0 is no convolution, option k has the k-th of these."""

_WRITTEN = (0, *WIDTHS)
_FORM = "8-8-16|32-0-0, the widths of the convolutions joined by - with 0 for none, the stages joined by |"


class ConvChain(ProductSpace):
    """46,656 chains in lexicographic order, of 24,336 classes: two stages of at most three convolutions each.

    Between the stages the image is halved. A place of a stage may be empty; where it is does not matter.
    """

    name = "conv_chain"
    choices = (1 + len(WIDTHS),) * (STAGES * DEPTH)

    def encode(self, arch: Arch) -> str:
        """Write the widths, as in `8-8-16|32-0-0`."""
        return "|".join("-".join(str(_WRITTEN[option]) for option in stage) for stage in _split(arch))

    def decode(self, text: str) -> Arch:
        """Read `8-8-16|32-0-0`; a `BadValue` names the width or the form that is wrong."""
        written = text.strip().split("|")
        if len(written) != STAGES:
            raise BadValue(f"{text!r} has {len(written)} stages and not {STAGES}: write a chain as {_FORM}")
        return tuple(option for stage in written for option in _read(stage))

    def canonical(self, arch: Arch) -> Arch:
        """Move the empty places of each stage behind its convolutions."""
        return arch_of(stages(arch))


def stages(arch: Arch) -> tuple[tuple[int, ...], ...]:
    """The widths of the convolutions of each stage."""
    return tuple(tuple(_WRITTEN[option] for option in stage if option) for stage in _split(arch))


def arch_of(widths: tuple[tuple[int, ...], ...]) -> Arch:
    """The architecture of these stages."""
    padded = ([*(_WRITTEN.index(width) for width in stage), *[0] * (DEPTH - len(stage))] for stage in widths)
    return tuple(option for stage in padded for option in stage)


def _split(arch: Arch) -> list[Arch]:
    """The options of each stage."""
    return [arch[start : start + DEPTH] for start in range(0, len(arch), DEPTH)]


def _read(stage: str) -> Arch:
    numbers = stage.split("-")
    if len(numbers) != DEPTH:
        raise BadValue(f"{stage!r} names {len(numbers)} convolutions and not {DEPTH}: write a chain as {_FORM}")
    allowed = list(map(str, _WRITTEN))
    for number in numbers:
        if number not in allowed:
            raise BadValue(f"width {number!r} in {stage!r}: conv_chain has {', '.join(allowed)}")
    return tuple(allowed.index(number) for number in numbers)
