"""BigNAS: one training for networks of all sizes (Yu et al., BigNAS, ECCV 2020, section 3)."""

from collections.abc import Sequence
from typing import Unpack

from harness.algorithms._hyper import whole
from harness.core import Arch, Benchmark
from proxies.weight_sharing._sandwich import Sandwich
from proxies.weight_sharing._settings import Common
from proxies.weight_sharing._task import Images


class BigNas(Sandwich):
    """The sandwich rule: each update is of the largest network, the smallest, and `networks` random ones.

    The largest learns from the labels and teaches the others; it alone is regularised. The learning rate is the cosine
    of all supernets here; the paper's falls exponentially and ends with a constant.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        networks: int = 2,
        dropout: float = 0.2,
        candidates: int = 100,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(benchmark, "big_nas", seed=seed, dropout=dropout, candidates=candidates, **common)
        self.networks = whole("networks", networks, 0)

    def between(self, batch: Images) -> Sequence[Arch]:
        """Architectures drawn uniformly among those that are alive."""
        return [self.elastic.draw(self.elastic.whole, self.rng) for _ in range(self.networks)]
