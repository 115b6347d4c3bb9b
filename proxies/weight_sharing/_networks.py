"""The shared network of each space that has one."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch

from harness.costs import darts
from harness.errors import BadValue
from harness.live.mobile_network import SMALL, skeleton_of
from proxies.weight_sharing._cells import official_supernet, small_supernet
from proxies.weight_sharing._darts_network import DartsSupernet
from proxies.weight_sharing._edge import MakeEdge, MixedEdge
from proxies.weight_sharing._elastic_network import ElasticNetwork
from proxies.weight_sharing._settings import Settings
from proxies.weight_sharing._shared import SharedNetwork


class ImageShape(NamedTuple):
    """What goes into a network, and how many classes come out."""

    colours: int
    pixels: int
    classes: int

    @property
    def small(self) -> bool:
        """Whether they ask for a small network, such as that of digits201."""
        return self.pixels < SMALL


def network_of(space: str, images: ImageShape, settings: Settings, edge: MakeEdge, method: str) -> SharedNetwork:
    """The network of a space; only nb201 takes edges of the method's own. `BadValue` for what is not known.

    Its weights are drawn from torch's global generator.
    """
    if space not in _BUILDERS:
        raise BadValue(
            f"{method} builds supernets of the spaces {', '.join(_BUILDERS)}, not of {space}; choose a benchmark of "
            "one of these"
        )
    if space != "nb201" and not _plain(edge):
        raise BadValue(
            f"{method} has edges of its own, which are known of the space nb201 and not of {space}; choose a benchmark "
            "of nb201, or a supernet with plain edges, such as single_path"
        )
    return _BUILDERS[space](images, settings, edge)


def _nb201(images: ImageShape, settings: Settings, edge: MakeEdge) -> SharedNetwork:
    """That of digits201 for small images, else the benchmark's official one."""
    channels = settings.channels or (8 if images.small else 16)
    build = small_supernet if images.small else official_supernet
    return build((images.colours, images.classes), channels, nb201_cells(images, settings), edge)


def nb201_cells(images: ImageShape, settings: Settings) -> int:
    """How many cells a stage of nb201's network has."""
    return settings.cells or (2 if images.small else 5)


def _darts(images: ImageShape, settings: Settings, edge: MakeEdge) -> SharedNetwork:
    """8 channels and 3 cells for small images, else the 16 and 8 that the paper searches with (appendix A.1)."""
    darts.refuse_unless_divisible(images.pixels)
    channels = settings.channels or (8 if images.small else 16)
    cells = settings.cells or (3 if images.small else 8)
    return DartsSupernet(darts.Skeleton(images.classes, channels, cells, images.colours))


def _mobile(images: ImageShape, settings: Settings, edge: MakeEdge) -> SharedNetwork:
    """8 channels for small images, else 16; how many blocks there are is the space's business."""
    if settings.cells is not None:
        raise BadValue(f"cells = {settings.cells}: networks of the space mobile have none; leave it out")
    return ElasticNetwork(
        skeleton_of((images.colours, images.pixels, images.classes), settings.channels or (8 if images.small else 16))
    )


_BUILDERS: Mapping[str, Callable[[ImageShape, Settings, MakeEdge], SharedNetwork]] = {
    "nb201": _nb201,
    "darts": _darts,
    "mobile": _mobile,
}


def _plain(edge: MakeEdge) -> bool:
    """Whether the factory makes the common mixed edge; nothing is drawn for the answer."""
    with torch.device("meta"):
        return type(edge(8)) is MixedEdge
