"""What an autoencoder makes of architectures, losses unseen (Yan et al., arch2vec, NeurIPS 2020)."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, SearchSpace
from harness.encodings.graph import graph, layout_of, unpack
from harness.registry import load

if TYPE_CHECKING:
    from torch import Tensor

TAUGHT, SEED = 2000, 0
"""From so many architectures the autoencoder learns, drawn with this seed."""


def unsupervised(space: SearchSpace, archs: Sequence[Arch]) -> NDArray[np.float64]:
    """The mean over a cell's nodes of their latent means, 16 columns.

    The autoencoder is trained when a space is first asked for, in about two seconds, on architectures drawn from it;
    it is the same in every process. A `BadValue` on spaces whose architectures are not known as graphs.
    """
    layout = layout_of(space)
    from harness.encodings._autoencoder import latent_means

    return latent_means(_trained(space.name), unpack(graph(space, archs), layout))


@lru_cache(maxsize=8)
def _trained(name: str) -> Mapping[str, "Tensor"]:
    """The weights of the autoencoder of the space that goes by this name."""
    from harness.encodings._autoencoder import train

    space, rng = load("space", name)(), np.random.default_rng(SEED)
    drawn = [space.sample(rng) for _ in range(TAUGHT)]
    return train(unpack(graph(space, drawn), layout_of(space)))
