"""The size space of NATS-Bench: five layers of 8 to 64 channels (Dong et al., TPAMI 2021, section 3.1)."""

from harness.errors import BadValue
from harness.space import Arch, ProductSpace
from harness.spaces.nb201 import CONV3, SKIP

LAYERS = 5
WIDTHS = tuple(range(8, 65, 8))
"""How many channels each option stands for."""

CELL: Arch = (CONV3, CONV3, CONV3, SKIP, CONV3, CONV3)
"""The NAS-Bench-201 cell that every network of this space is made of: the best one on CIFAR-100."""

_OPTION = {str(width): option for option, width in enumerate(WIDTHS)}


class NatsSss(ProductSpace):
    """32,768 sizes in the official order, which is the lexicographic one; each is a function of its own."""

    name = "nats_sss"
    choices = (len(WIDTHS),) * LAYERS

    def encode(self, arch: Arch) -> str:
        """Write the channels of the five layers as `8:8:8:16:32`."""
        return ":".join(map(str, channels(arch)))

    def decode(self, text: str) -> Arch:
        """Read `8:8:8:16:32`; a `BadValue` says how many layers there are, or names the number that is wrong."""
        numbers = text.strip().split(":")
        if len(numbers) != LAYERS:
            raise BadValue(
                f"{text!r} is no size of nats_sss: it names {len(numbers)} layers and not {LAYERS}; "
                "write it as 8:8:8:16:32"
            )
        for number in numbers:
            if number not in _OPTION:
                raise BadValue(
                    f"{number!r} is no number of channels of nats_sss: each of the layers in {text!r} has "
                    + ", ".join(_OPTION)
                )
        return tuple(_OPTION[number] for number in numbers)

    def canonical(self, arch: Arch) -> Arch:
        """Return the architecture itself: no two sizes compute the same."""
        return arch


def channels(arch: Arch) -> tuple[int, ...]:
    """The number of channels of each layer."""
    return tuple(WIDTHS[option] for option in arch)
