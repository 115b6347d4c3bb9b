"""Single path one-shot, uniformly sampled (Guo et al., Single Path One-Shot NAS, ECCV 2020, sections 3.2 and 3.4)."""

from collections.abc import Mapping
from typing import Unpack

from harness.algorithms._hyper import whole
from harness.core import Arch, Benchmark
from proxies.weight_sharing._best import best_of
from proxies.weight_sharing._edge import MixedEdge
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._supernet import Stateful, WeightSharing
from proxies.weight_sharing._task import cell_network, task_of
from proxies.weight_sharing._uniform import uniform_epoch


class SinglePath(WeightSharing):
    """Every step trains the weights of one architecture drawn uniformly (equation 7: W = argmin of the expected loss).

    `derive` is the best of `candidates` random architectures by inherited accuracy (equation 5).
    """

    def __init__(self, benchmark: Benchmark, *, seed: int, candidates: int = 100, **common: Unpack[Common]) -> None:
        task = task_of(benchmark, Settings(**common), "single_path")
        super().__init__(task, cell_network(task, seed, MixedEdge, "single_path"), seed=seed)
        self.candidates = whole("candidates", candidates, 1)

    def train_epoch(self) -> Mapping[str, float]:
        """One pass over the training images; gives the mean loss of the drawn paths."""
        return uniform_epoch(self)

    def derive(self) -> Arch:
        """The best of random architectures."""
        return best_of(self, self.candidates)

    def parts(self) -> Mapping[str, Stateful]:
        """Nothing but the network has a state."""
        return {}
