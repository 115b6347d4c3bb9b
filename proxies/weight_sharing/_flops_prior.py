"""Architectures at a target of FLOPs (Wang et al., AttentiveNAS, CVPR 2021, section 3.3)."""

import numpy as np

from harness.core import Arch
from proxies.weight_sharing._elastic import Elastic

TRIES = 200


class FlopsPrior:
    """How FLOPs are spread over a space, and what architectures of some FLOPs look like, learned from random ones.

    FLOPs, from those of the smallest to those of the largest network, are put into `bins` of equal width. A target bin
    is drawn as often as random architectures fall into it; then each decision is drawn by how often the bin's
    architectures have its options, anew until the whole falls into the bin. Where that fails for long, one of the bin's
    own architectures is taken.
    """

    def __init__(self, elastic: Elastic, bins: int, rng: np.random.Generator, samples: int = 2000) -> None:
        self._elastic = elastic
        known = [elastic.draw(elastic.whole, rng) for _ in range(samples)]
        self._edges = np.linspace(elastic.flops(elastic.smallest), elastic.flops(elastic.largest), bins + 1)[1:-1]
        places = np.array([self.place(arch) for arch in known])
        options = np.array(known)
        self._members = [options[places == place] for place in range(bins)]
        self._share = np.array([len(members) for members in self._members]) / samples

    def target(self, rng: np.random.Generator) -> int:
        """The number of a bin."""
        return int(rng.choice(len(self._share), p=self._share))

    def draw(self, target: int, rng: np.random.Generator) -> Arch:
        """An architecture of the bin."""
        members = self._members[target]
        for _ in range(TRIES):
            rows = rng.integers(len(members), size=members.shape[1])  # each option as often as the bin has it
            arch = tuple(members[rows, np.arange(members.shape[1])].tolist())
            if self.place(arch) == target and self._elastic.alive(arch):
                return arch
        return tuple(members[int(rng.integers(len(members)))].tolist())

    def place(self, arch: Arch) -> int:
        """The number of the bin that the architecture falls into."""
        return int(np.searchsorted(self._edges, self._elastic.flops(arch), side="right"))
