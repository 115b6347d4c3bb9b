"""P-DARTS (Chen, Xie, Wu & Tian, Progressive Differentiable Architecture Search, ICCV 2019)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar, Unpack

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from harness.core import Arch, Benchmark
from harness.errors import BadValue
from harness.spaces.nb201 import SKIP
from proxies.weight_sharing._alphas import Alphas
from proxies.weight_sharing._differentiable import Differentiable, Learning, Slope, strengths
from proxies.weight_sharing._dropout import Dropout, SkipDropoutEdge
from proxies.weight_sharing._edge import MakeEdge
from proxies.weight_sharing._networks import nb201_cells
from proxies.weight_sharing._settings import Common, Settings
from proxies.weight_sharing._shared import Mixture
from proxies.weight_sharing._stages import Plan, StagedNetwork
from proxies.weight_sharing._supernet import Stateful
from proxies.weight_sharing._task import Images, Task, cell_network, task_of

Number = TypeVar("Number", int, float)

WAITING = 0.4
"""The share of a stage in which the architecture does not learn: 10 of 25 epochs in the paper's search on CIFAR."""


class PDarts(Differentiable):
    """DARTS of the first order in stages: the network grows, the candidates of each edge become fewer.

    After each stage but the last, the `kept` strongest operations of each edge stay (section 3.2); the network of the
    next has `growth` cells more per stage of the skeleton. Weights and architecture parameters begin anew with it, the
    learning rate too. Skip connections have a `dropout` that falls from the given rate to 0 within a stage, and of the
    derived cell's skips the strongest `skips` stay (section 3.3). An architecture is scored by the last stage that
    trained its convolutions. `kept` and `dropout` are numbers with spaces between them, since the list that an
    experiment file may give is a grid.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        kept: str = "3 2",
        dropout: str = "0 0.4 0.7",
        growth: int = 1,
        skips: int = 2,
        alpha_lr: float = 0.01,
        alpha_decay: float = 1e-3,
        **common: Unpack[Common],
    ) -> None:
        self.plan = Plan(_numbers("kept", kept, int), _numbers("dropout", dropout, float), growth)
        task = task_of(benchmark, Settings(**(Common(epochs=75) | common)), "p_darts")
        if task.settings.epochs < self.plan.stages or skips < 0:
            raise BadValue(
                f"epochs = {task.settings.epochs}, skips = {skips} of p_darts: give an epoch for each of "
                f"{self.plan.stages} stages, and at least 0 skip connections"
            )
        self.dropout, self.skips = Dropout(), skips
        self.staged = _staged(task, self.plan, partial(SkipDropoutEdge, dropout=self.dropout), seed)
        self.edges = [Alphas(self.staged, self.plan.stages * seed + stage) for stage in range(self.plan.stages)]
        learning = Learning(alpha_lr, alpha_decay)
        super().__init__(task, self.staged, nn.ModuleList(self.edges), learning, seed=seed)

    def mixture(self) -> Mixture:
        """The stage's candidates, weighted by their softmax."""
        stage = self.staged.now
        edges = zip(self.shares(stage), self.staged.trained[stage], strict=True)
        return [{k: weight for k, weight in enumerate(share.unbind()) if left[k]} for share, left in edges]

    def shares(self, stage: int) -> list[Tensor]:
        """The softmax over the candidates that this stage has, 0 for the other operations."""
        edges = zip(self.edges[stage].edges, self.staged.candidates[stage], strict=True)
        return [torch.softmax(edge.masked_fill(~left, -torch.inf), 0) for edge, left in edges]

    def slope(self, train: Images, valid: Images) -> Slope:
        """Of the validation loss at the weights as they are."""
        return self.first_order(valid)

    def train_epoch(self) -> Mapping[str, float]:
        """One pass over the training images; where a stage begins, its candidates are chosen first."""
        stage, first, end = self.plan.span(self.epoch, self.settings.epochs)
        if self.epoch == first and stage:
            self.staged.advance(stage, self.shares(stage - 1), self.plan.kept[stage - 1])
        progress = (self.epoch - first) / (end - first)
        self.dropout.generator = self.generator
        self.dropout.rate = self.plan.dropout[stage] * (1 - progress)
        losses = self.alternate(self.paced(self.task.train, (first, end)), learns=progress >= WAITING)
        self.dropout.rate = 0.0
        return losses | self.seen(self.shares(stage))

    def derive(self) -> Arch:
        """The strongest operations, `none` left out, with no more skip connections than `skips`."""
        found = self._strengths()
        arch = self.staged.discretise(found)
        skipping = sorted((edge for edge, option in enumerate(arch) if option == SKIP), key=lambda e: -found[e][SKIP])
        for edge in skipping[self.skips :]:
            found[edge][SKIP] = -np.inf
        return self.staged.discretise(found)

    def parts(self) -> Mapping[str, Stateful]:
        """The architecture parameters of all stages, and their optimizer."""
        return {"alphas": self.alphas, "architect": self.architect}

    def _strengths(self) -> list[NDArray[np.float64]]:
        """The shares of the present stage; what was dropped comes behind, by its share when it last had one."""
        stages = range(self.staged.now + 1)
        kept = self.staged.candidates
        ranks = [
            [torch.where(left, share + stage, 0) for share, left in zip(self.shares(stage), kept[stage], strict=True)]
            for stage in stages
        ]
        return strengths([torch.stack(edge).amax(0) for edge in zip(*ranks, strict=True)])


def _numbers(name: str, text: str, number: Callable[[str], Number]) -> list[Number]:
    """The numbers that stand in an option's text; `BadValue` where there is something else."""
    try:
        return [number(word) for word in text.split()]
    except (AttributeError, ValueError) as error:
        raise BadValue(
            f'{name} = {text!r} of p_darts: give numbers in one text, with spaces between them, such as "3 2" for kept '
            'and "0 0.4 0.7" for dropout; a list would be a grid of them'
        ) from error


def _staged(task: Task, plan: Plan, edge: MakeEdge, seed: int) -> StagedNetwork:
    """The networks of all stages, each deeper than the one before, with weights drawn apart."""
    first = nb201_cells(task.shape, task.settings)
    networks = []
    for stage in range(plan.stages):
        deeper = replace(task, settings=replace(task.settings, cells=first + stage * plan.growth))
        networks.append(cell_network(deeper, plan.stages * seed + stage, edge, "p_darts"))
    return StagedNetwork(networks).to(task.settings.device)
