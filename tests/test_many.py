"""Networks side by side learn what each would learn alone."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from toy_texture import texture

from harness.core import Arch, Fidelity
from harness.datasets.digits import digits
from harness.errors import BadValue
from harness.live.grouped import grouped
from harness.live.many import ManyPlan, ManyTrainer
from harness.live.official_network import size_network
from harness.live.recipe import SgdRecipe
from harness.live.setup import Setup
from harness.live.skeletons import Official, Small
from harness.live.task import Placed, Share, Task, place
from harness.live.train_many import Job, train_many
from harness.live.trainer import Plan, Trainer, finish
from harness.live.training import Recipe, Training
from harness.spaces.nb201 import CONV1, CONV3, NONE, POOL, SKIP, Nb201

SPACE, RNG = Nb201(), np.random.default_rng(3)
ARCHS = [(NONE,) * 6, (CONV3, CONV1, SKIP, POOL, NONE, CONV3), (SKIP,) * 6, (CONV1, NONE, NONE, CONV3, NONE, NONE)]
ARCHS += [SPACE.sample(RNG) for _ in range(4)]
RECIPE = SgdRecipe(batch=64, crop=0.25)
PLAIN = SgdRecipe(batch=75, flip=0, crop=0)
TASK = place(texture(), Share(), Setup())
SKELETONS = [Small(4), Small(4, 1), Official(2, 1)]
SAME, OWN = (5,) * len(ARCHS), tuple(range(len(ARCHS)))


def exact(task: Task) -> Task:
    """The task in float64."""
    parts = {name: getattr(task, name) for name in ("train", "valid", "test")}
    return replace(task, **{name: Placed(part.images.double(), part.labels) for name, part in parts.items()})


def networks(skeleton: Small | Official, seeds: Sequence[int] = OWN, archs: Sequence[Arch] = ARCHS) -> list[Any]:
    return [skeleton.build(arch, TASK.shape, seed) for arch, seed in zip(archs, seeds, strict=True)]


def results(history: Sequence[Any]) -> list[tuple[float, ...]]:
    return [epoch[1:7] for epoch in history]


@pytest.mark.parametrize("seeds", [SAME, OWN])
@pytest.mark.parametrize("skeleton", SKELETONS)
def test_each_learns_what_it_would_alone(skeleton: Small | Official, seeds: tuple[int, ...]) -> None:
    task = exact(TASK)
    together = ManyTrainer(
        [one.double() for one in networks(skeleton, seeds)], task, ManyPlan(RECIPE, 3, seeds), Setup()
    )
    for _ in range(2):
        together.run_epoch()
    for one, seed, history in zip(networks(skeleton, seeds), seeds, together.histories, strict=True):
        alone = Trainer(nn.Sequential(one.double(), nn.Flatten()), task, Plan(RECIPE, 3, seed), Setup())
        list(finish(alone, 2))
        np.testing.assert_allclose(results(history), results(alone.history), rtol=1e-9)


def test_and_in_the_digits_training() -> None:
    task = place(digits(), Share(data=0.25), Setup())
    built = [Small().build(arch, task.shape, seed) for arch, seed in zip(ARCHS[:4], OWN, strict=False)]
    together = ManyTrainer(built, task, ManyPlan(PLAIN, 3, OWN[:4]), Setup())
    together.run_epoch()
    for arch, seed, history in zip(ARCHS, OWN, together.histories, strict=False):
        alone = Training(arch, digits(), Fidelity(3, 3, 0.25), (seed,), Recipe()).run_epoch()
        assert history[0].train_loss == pytest.approx(alone.train_loss[0], abs=1e-4)
        assert history[0].valid_loss == pytest.approx(alone.valid_loss[0], abs=1e-4)


@pytest.mark.parametrize("channels_last", [True, False])
@pytest.mark.parametrize("skeleton", SKELETONS)
def test_logits_and_gradients_are_those_of_each_alone(skeleton: Small | Official, channels_last: bool) -> None:
    """In both layouts, with images that all share and with images of their own; copies leave the originals alone."""
    layout = torch.channels_last if channels_last else torch.contiguous_format
    singles = [one.double() for one in networks(skeleton)]
    whole = grouped(singles).to(memory_format=layout)
    images = torch.randn(len(ARCHS), 20, 1, 8, 8, generator=torch.Generator().manual_seed(0)).double()
    own = images.transpose(0, 1).flatten(1, 2).contiguous(memory_format=layout)
    expected = torch.stack([one(x).view(20, -1) for one, x in zip(singles, images, strict=True)], 1)
    torch.testing.assert_close(whole(own), expected, rtol=1e-9, atol=1e-12)
    shared = torch.stack([one(images[0]).view(20, -1) for one in singles], 1)
    torch.testing.assert_close(whole(images[0].contiguous(memory_format=layout)), shared, rtol=1e-9, atol=1e-12)
    expected.square().sum().backward()
    whole.zero_grad()
    whole(own).square().sum().backward()
    ours, *theirs = (next(one.stem.parameters()).grad for one in (whole, *singles))
    for found, gradient in zip(ours.chunk(len(ARCHS)), theirs, strict=True):
        torch.testing.assert_close(found, torch.zeros_like(found) if gradient is None else gradient)
    assert ours.any()


def test_the_number_of_kernels_does_not_grow_with_the_networks() -> None:
    class Counting(TorchDispatchMode):
        count = 0

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            self.count += 1
            return func(*args, **(kwargs or {}))

    def kernels(archs: Sequence[Arch]) -> int:
        whole = grouped(networks(Official(2, 1), range(len(archs)), archs))
        with Counting() as counting:
            whole(TASK.train.images[:20]).sum().backward()
        return counting.count

    some = [SPACE.sample(RNG) for _ in range(20)]
    assert kernels(some * 2) == kernels(some)


def test_one_that_diverges_ends_alone() -> None:
    healthy, sick = networks(Small(4)), networks(Small(4))
    with torch.no_grad():
        sick[2].stem.weight.fill_(math.nan)
    runs = [ManyTrainer(some, TASK, ManyPlan(RECIPE, 3, OWN), Setup()) for some in (healthy, sick)]
    for run in runs:
        run.run_epoch()
        run.run_epoch()
    expected, found = (run.histories for run in runs)
    assert len(found[2]) == 1
    assert found[2][0].ended.startswith("diverged in epoch 1: the losses of training and validation are nan")
    assert math.isnan(found[2][0].test_loss)
    for k in {*range(len(ARCHS))} - {2}:
        np.testing.assert_allclose(results(found[k]), results(expected[k]), rtol=1e-4)


def job(**changed: Any) -> Job:
    return Job(
        **{
            "dataset": "toy_texture:texture",
            "skeleton": Small(4),
            "recipe": PLAIN,
            "schedule": 3,
            "epochs": 2,
            **changed,
        }
    )


def test_however_the_work_is_shared_out_the_answers_are_in_order() -> None:
    cells = list(zip(ARCHS, OWN, strict=True))
    whole = train_many(cells, job())
    assert [len(history) for history in whole] == [2] * len(ARCHS)
    apart = train_many(cells, job(), together=3)
    other = train_many(cells, job(), processes=2)
    for one, two, three in zip(whole, apart, other, strict=True):
        np.testing.assert_allclose(results(two), results(one), rtol=1e-3)
        np.testing.assert_allclose(results(three), results(one), rtol=1e-3)
        assert [epoch.epoch for epoch in three] == [1, 2]
        assert three[0].train_seconds > 0
    assert results(train_many(cells, job())[1]) == results(whole[1])
    assert train_many([], job()) == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"recipe": replace(PLAIN, clip=1.0)}, "leave out clip and patience"),
        ({"recipe": replace(PLAIN, patience=1)}, "leave out clip and patience"),
        (
            {"skeleton": Official(2, 1), "share": Share(resolution=0.25)},
            "images of 2x2 points: the network halves them",
        ),
    ],
)
def test_what_cannot_be_done_together_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        train_many([(ARCHS[1], 0)], job(**changed))


def test_calls_that_are_refused() -> None:
    for wrong in ({"together": 0}, {"processes": 0}, {"processes": 1.5}):
        with pytest.raises(BadValue, match=r"give a whole number of at least 1"):
            train_many([(ARCHS[1], 0)], job(), **wrong)
    with pytest.raises(BadValue, match="8 networks and 1 seeds: give a seed for each"):
        ManyTrainer(networks(Small(4)), TASK, ManyPlan(PLAIN, 3, (0,)), Setup())


def test_networks_that_cannot_stand_side_by_side() -> None:
    mixed = [Small(4).build(ARCHS[1], TASK.shape, 0), Official(4, 1).build(ARCHS[1], TASK.shape, 0)]
    wide = [Small(width).build(ARCHS[1], TASK.shape, 0) for width in (4, 8)]
    for some in (mixed, wide):
        with pytest.raises(BadValue, match="differ in the operations of their cells alone"):
            grouped(some)
    with pytest.raises(BadValue, match="cells keep the number of channels"):
        grouped([size_network((0, 1, 2, 3, 4), 10)])
