"""Chains of convolutions that inherit from each other."""

from copy import deepcopy
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from harness import registry
from harness.algorithms._lineage import Lineage, Member
from harness.core import Benchmark, SearchSpace
from harness.errors import BadValue
from harness.live.chain_network import chain_network, grown
from harness.live.recipe import SgdRecipe
from harness.live.setup import Setup
from harness.live.task import Placed, Share, Task, place
from harness.live.trainer import Plan, Trainer, finish
from harness.spaces.conv_chain import STAGES, WIDTHS, arch_of

PROBES = 256
"""Images that the batch norms of new layers get their statistics from."""


class ChainLineage(Lineage):
    """Begins with one narrow convolution in each stage; a child is wider or deeper by Net2Net.

    It learns the benchmark's data set on the CPU, in batches of 75 images as they are; `BadValue` where there is none.
    """

    def __init__(self, space: SearchSpace, benchmark: Benchmark) -> None:
        if benchmark.dataset is None:
            raise BadValue(f"{benchmark.name} names no data set to train on; choose a benchmark that does")
        self._dataset, self._setup = benchmark.dataset, Setup()

    def begin(self, rng: np.random.Generator) -> Member:
        """One convolution of the least width in each stage."""
        arch = arch_of(((WIDTHS[0],),) * STAGES)
        return Member(arch, chain_network(arch, self._task.shape, int(rng.integers(2**31))))

    def grow(self, parent: Member, rng: np.random.Generator) -> Member:
        """One layer more, or one layer wider."""
        network, arch = grown(parent.weights, parent.arch, self._probes, rng)
        return Member(arch, network)

    def train(self, member: Member, epochs: int, lr: float, seed: int) -> tuple[Member, float]:
        """SGD with Nesterov momentum from the weights that the member has."""
        network = deepcopy(member.weights)
        recipe = SgdRecipe(batch=75, lr=lr, flip=0.0, crop=0.0)
        trainer = Trainer(network, self._task, Plan(recipe, epochs, seed), self._setup)
        last = list(finish(trainer, epochs))[-1]
        return Member(member.arch, network), float("nan") if last.ended else last.valid_accuracy

    @cached_property
    def _task(self) -> Task:
        """The images, without those to test: nothing may be chosen by them, and one to validate is in their place."""
        task = place(registry.load("dataset", self._dataset)(), Share(), self._setup)
        return replace(task, test=Placed(task.valid.images[:1], task.valid.labels[:1]))

    @cached_property
    def _probes(self) -> Tensor:
        """Images to train of all classes, whatever their order is."""
        images = self._task.train.images
        return images[torch.from_numpy(np.random.default_rng(0).permutation(len(images))[:PROBES])]
