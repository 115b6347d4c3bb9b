"""DARTS cells and elastic networks, trained for real on a few digits."""

from typing import Any

import pytest
import torch
from test_darts_space import DARTS_V2

from harness import registry
from harness.core import Fidelity, Query
from harness.costs import darts, mobile
from harness.errors import BadValue
from harness.live.benchmark import LiveBenchmark
from harness.live.task import Shape
from harness.spaces.darts import Darts
from harness.spaces.mobile import Mobile

FULL = Fidelity(12, 12)
CIFAR = Shape(3, 32, 32, 10)
CELLS = Darts().decode(DARTS_V2)
BLOCKS = Mobile().decode("d2:k3e4-k5e2|d1:k3e3")


def live(name: str, **options: Any) -> LiveBenchmark:
    benchmark: LiveBenchmark = registry.load("benchmark", name)(**{"dataset": "digits", "images": 100, **options})
    return benchmark


def weights(benchmark: LiveBenchmark, arch: tuple[int, ...], fidelity: Fidelity, shape: Shape = CIFAR) -> int:
    with torch.device("meta"):
        network = benchmark.build(arch, shape, fidelity, 0)
    return sum(each.numel() for each in network.parameters())


@pytest.mark.parametrize(
    ("name", "arch", "options"),
    [("darts_live", CELLS, {"channels": 2, "cells": 3}), ("mobile_live", BLOCKS, {"channels": 2})],
)
def test_training_repeats_itself(name: str, arch: tuple[int, ...], options: dict[str, int]) -> None:
    query = Query(arch, Fidelity(1, 12))
    one, same = (live(name, **options).evaluate(query, 0) for _ in range(2))
    assert one.metrics == same.metrics
    assert live(name, **options).evaluate(query, 1).metrics != one.metrics
    assert 0 < one.seconds < 60


def test_mobile_networks_learn_digits() -> None:
    benchmark = live("mobile_live", images=None, channels=4)
    curve = benchmark.curve(Query(BLOCKS, FULL), 0)
    assert curve[-1].metrics["train_loss"] < 0.8 * curve[0].metrics["train_loss"]
    assert curve[-1].metrics["valid_accuracy"] > 25  # a guess is right in 10 %


def test_darts_networks_are_those_of_the_paper_when_asked_for() -> None:
    assert weights(live("darts_live", channels=36, cells=20), CELLS, FULL) == 3_349_342
    small = live("darts_live")
    assert weights(small, CELLS, FULL) == darts.parameters(CELLS, darts.Skeleton(10, 8, 5))
    halved = Fidelity(12, 12, width=0.5, depth=0.6)
    assert weights(small, CELLS, halved) == darts.parameters(CELLS, darts.Skeleton(10, 4, 3))
    assert (small.reductions["width"], small.reductions["depth"]) == ((0.25, 0.5, 0.75), (0.6, 0.8))


def test_mobile_networks_have_the_channels_asked_for() -> None:
    benchmark = live("mobile_live", channels=8)
    assert weights(benchmark, BLOCKS, FULL) == mobile.parameters(BLOCKS, mobile.Skeleton(10, 8))
    narrow = Fidelity(12, 12, width=0.25)
    assert weights(benchmark, BLOCKS, narrow) == mobile.parameters(BLOCKS, mobile.Skeleton(10, 2))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("darts_live", {"cells": 2}, "2 cells make no network of darts"),
        ("darts_live", {"channels": 3}, "3 channels in a network of darts, which halves them"),
        ("darts_live", {"channels": 2.0}, r"channels = 2.0: give a whole number"),
        ("darts_live", {"recipe": "50"}, "recipe = '50': give the epochs of one of the schedules, 12, 100, 600"),
        ("mobile_live", {"channels": 0}, "channels = 0: give a whole number"),
        ("mobile_live", {"recipe": "600"}, "recipe = '600': give the epochs of one of the schedules, 12, 100"),
    ],
)
def test_what_is_wrong_is_said(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        live(name, **options)


def test_images_that_cannot_be_halved_twice_are_refused() -> None:
    with pytest.raises(BadValue, match="images of 10x10 points"):
        live("darts_live").build(CELLS, Shape(1, 10, 10, 2), FULL, 0)
