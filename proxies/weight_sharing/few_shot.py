"""Few-shot NAS: several supernets, each for a part of the space (Zhao et al., Few-shot NAS, ICML 2021)."""

from collections.abc import Mapping
from typing import Unpack

import numpy as np

from harness.algorithms._hyper import number, whole
from harness.core import Arch, Benchmark
from proxies.weight_sharing._best import best_of
from proxies.weight_sharing._edge import MixedEdge
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._split import SplitNetwork
from proxies.weight_sharing._supernet import Stateful, WeightSharing
from proxies.weight_sharing._task import cell_network, task_of
from proxies.weight_sharing._uniform import uniform_epoch


class FewShot(WeightSharing):
    """A one-shot supernet first, then sub-supernets that inherit its weights, one for each option of the split edges.

    `splits` edges are split, drawn by the seed as in the paper, but for `edge`, which is the first of them when it is
    given; one edge of five operations makes five sub-supernets, two make 25, none leaves the one-shot supernet.

    `epochs` are the passes over the images in all: the first `share` of them train the one-shot supernet, in the rest
    each step trains the sub-supernet that holds the drawn path, so that they share these passes evenly. `derive` is the
    best of `candidates` random architectures by inherited accuracy.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        splits: int = 1,
        edge: int | None = None,
        share: float = 0.75,
        candidates: int = 100,
        **common: Unpack[Common],
    ) -> None:
        task = task_of(benchmark, Settings(**common), "few_shot")
        one_shot = cell_network(task, seed, MixedEdge, "few_shot")
        edges = _split_edges(len(one_shot.options), splits, edge, seed)
        self.split = SplitNetwork(one_shot, edges)
        super().__init__(task, self.split, seed=seed)
        self.candidates = whole("candidates", candidates, 1)
        self.one_shot = round(number("share", share, 0, 1) * task.settings.epochs) if edges else task.settings.epochs

    def train_epoch(self) -> Mapping[str, float]:
        """One pass over the training images; gives the mean loss of the drawn paths."""
        if self.epoch == self.one_shot:
            self.split.divide()
        return uniform_epoch(self)

    def derive(self) -> Arch:
        """The best of random architectures, each scored by the sub-supernet that holds it."""
        return best_of(self, self.candidates)

    def parts(self) -> Mapping[str, Stateful]:
        """Nothing but the networks has a state."""
        return {}


def _split_edges(count: int, splits: int, edge: int | None, seed: int) -> list[int]:
    """The edges that are split: `edge` before all others, these in an order drawn by the seed."""
    whole("splits", splits, 0, count)
    order = [int(k) for k in np.random.default_rng([seed, 3]).permutation(count)]
    if edge is not None:
        order.remove(whole("edge", edge, 0, count - 1))
        order.insert(0, edge)
    return order[:splits]
