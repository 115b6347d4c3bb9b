"""The choice of supernets that do not learn which architecture is best while they are trained."""

import numpy as np

from harness.core import Arch
from proxies.weight_sharing._supernet import WeightSharing


def best_of(supernet: WeightSharing, candidates: int) -> Arch:
    """The one of `candidates` random architectures that has the highest accuracy with inherited weights.

    Of isomorphic ones the representative is judged.
    """
    rng = np.random.default_rng([supernet.seed, 2])
    archs = [supernet.task.space.canonical(supernet.task.space.sample(rng)) for _ in range(candidates)]
    return max(dict.fromkeys(archs), key=supernet.accuracy)
