"""A lineage without networks: architectures are as good as their options are high, and training adds nothing."""

import numpy as np

from harness.algorithms._lineage import Lineage, Member
from harness.core import Benchmark, SearchSpace


class ToyLineage(Lineage):
    """Begins anywhere in any space; a child differs in one decision. `trained` lists epochs and architectures."""

    def __init__(self, space: SearchSpace, benchmark: Benchmark | None) -> None:
        self._space = space
        self.trained: list[tuple[int, Member]] = []

    def begin(self, rng: np.random.Generator) -> Member:
        return Member(self._space.sample(rng), 0)

    def grow(self, parent: Member, rng: np.random.Generator) -> Member:
        around = self._space.neighbors(parent.arch) or [parent.arch]
        return Member(around[int(rng.integers(len(around)))], parent.weights)

    def train(self, member: Member, epochs: int, lr: float, seed: int) -> tuple[Member, float]:
        self.trained.append((epochs, member))
        return Member(member.arch, member.weights + epochs), float(sum(member.arch))
