"""The benchmarks that train networks of any data set."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from harness import registry
from harness.benchmarks.nats_sss_live import NatsSssLive
from harness.benchmarks.nb201_live import Nb201Live
from harness.core import Fidelity, Query
from harness.costs import nats_sss, nb201
from harness.errors import BadValue, UnknownName, Unmeasured
from harness.fidelities import Tracked, offers
from harness.live.benchmark import LiveBenchmark
from harness.live.recipe import NB201
from harness.live.setup import Setup
from harness.live.task import Shape, Share, place
from harness.live.trainer import Plan, Trainer, finish
from harness.spaces.nb201 import CONV1, CONV3, NONE, POOL, SKIP, Nb201

TOY = "toy_texture:texture"
CELL, SIZES = (CONV3, CONV1, SKIP, POOL, NONE, CONV3), (0, 1, 0, 2, 0)
CIFAR = Shape(3, 32, 32, 10)


def cells(**options: Any) -> Nb201Live:
    return Nb201Live(**{"dataset": TOY, "channels": 2, "cells": 1, "images": 40, **options})


def sizes(**options: Any) -> NatsSssLive:
    return NatsSssLive(**{"dataset": TOY, "images": 40, **options})


BOTH = pytest.mark.parametrize(("make", "arch"), [(cells, CELL), (sizes, SIZES)])


@pytest.fixture
def run_epochs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The number of every epoch that is trained from here on."""
    run: list[int] = []
    run_epoch = Trainer.run_epoch

    def counted(trainer: Trainer) -> object:
        epoch = run_epoch(trainer)
        run.append(epoch.epoch)
        return epoch

    monkeypatch.setattr(Trainer, "run_epoch", counted)
    return run


@BOTH
def test_one_training_gives_the_whole_curve(make: Any, arch: Any, run_epochs: list[int]) -> None:
    benchmark, query = make(), Query(arch, Fidelity(2, 12))
    curve = benchmark.curve(query, 1)
    assert run_epochs == [1, 2]
    assert isinstance(benchmark, Tracked)
    assert curve[-1].metrics == benchmark.evaluate(query, 1).metrics
    assert curve[0].metrics == benchmark.evaluate(Query(arch, Fidelity(1, 12)), 1).metrics
    assert set(curve[0].metrics) == {metric.name for metric in benchmark.metrics}
    assert 0 < curve[0].seconds < curve[1].seconds


@BOTH
def test_checkpoints_are_gone_on_from(make: Any, arch: Any, run_epochs: list[int], tmp_path: Path) -> None:
    kept = make(checkpoints=str(tmp_path))
    for epochs in (1, 3, 2):
        assert kept.evaluate(Query(arch, Fidelity(epochs, 12)), 0).metrics
    assert run_epochs == [1, 2, 3]
    fresh = make().evaluate(Query(arch, Fidelity(3, 12)), 0)
    assert kept.evaluate(Query(arch, Fidelity(3, 12)), 0).metrics == fresh.metrics
    kept.evaluate(Query(arch, Fidelity(1, 12, 0.25)), 0)
    kept.evaluate(Query(arch, Fidelity(1, 12)), 1)
    make(checkpoints=str(tmp_path), images=30).evaluate(Query(arch, Fidelity(1, 12)), 0)
    assert len(list(tmp_path.iterdir())) == 4


def test_it_is_a_training_with_the_official_recipe() -> None:
    task = place(registry.load("dataset", TOY)(), Share(images=40), Setup())
    benchmark = cells()
    arch = Nb201().canonical(CELL)
    trainer = Trainer(benchmark.build(arch, task.shape, Fidelity(2, 12), 2), task, Plan(NB201, 12, 2), Setup())
    last = list(finish(trainer, 2))[-1]
    assert benchmark.evaluate(Query(CELL, Fidelity(2, 12)), 2).metrics == {
        metric.name: getattr(last, metric.name) for metric in benchmark.metrics
    }
    assert (NB201.batch, NB201.lr, NB201.momentum, NB201.weight_decay) == (256, 0.1, 0.9, 5e-4)
    assert (NB201.nesterov, NB201.flip, NB201.crop * 32, NB201.clip, NB201.cutout) == (True, 0.5, 4, None, 0)


def test_without_a_seed_it_answers_with_the_mean_of_all() -> None:
    benchmark, query = cells(), Query(CELL, Fidelity(1, 12))
    each = [benchmark.evaluate(query, seed).metrics for seed in benchmark.seeds]
    assert len({one["train_loss"] for one in each}) == 3
    assert benchmark.evaluate(query, None).metrics == {name: np.mean([one[name] for one in each]) for name in each[0]}


def test_a_training_that_diverges_is_unmeasured(tmp_path: Path, run_epochs: list[int]) -> None:
    benchmark = cells(checkpoints=str(tmp_path))
    benchmark._recipe = replace(benchmark._recipe, lr=1e30)
    query = Query(CELL, Fidelity(3, 12))
    for _ in range(2):
        with pytest.raises(
            Unmeasured, match=r"training diverged: \w+ is (nan|inf) after epoch 3, .* first after epoch 1"
        ):
            benchmark.evaluate(query, 0)
    assert run_epochs == [1]
    curve = benchmark.curve(query, 0)
    assert len(curve) == 3
    assert not np.isfinite(curve[2].metrics["valid_loss"])


def test_a_training_that_stops_early_has_its_last_answer_for_good(run_epochs: list[int]) -> None:
    benchmark = cells(patience=1)
    benchmark._recipe = replace(benchmark._recipe, lr=1e-12)
    curve = benchmark.curve(Query(CELL, Fidelity(6, 12)), 0)
    assert len(curve) == 6
    assert len(run_epochs) < 6
    assert curve[-1] == curve[len(run_epochs) - 1]
    assert "patience=1" in benchmark.provenance["recipe"]


def test_images_are_placed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    placed: list[Share] = []
    monkeypatch.setattr(
        "harness.live.benchmark.place", lambda data, share, setup: (placed.append(share), place(data, share, setup))[1]
    )
    benchmark = cells()
    for fidelity in (Fidelity(1, 12), Fidelity(1, 12), Fidelity(1, 12, 0.5 / 2), Fidelity(1, 12, resolution=0.5)):
        benchmark.evaluate(Query(CELL, fidelity), 0)
    assert placed == [Share(40), Share(40, 0.25), Share(40, 1.0, 0.5)]


def parameters(network: nn.Module) -> int:
    return sum(weights.numel() for weights in network.parameters())


def test_the_networks_are_the_official_ones() -> None:
    full = Fidelity(12, 12)
    assert parameters(Nb201Live().build(CELL, CIFAR, full, 0)) == nb201.parameters(CELL, 10)
    assert parameters(NatsSssLive().build(SIZES, CIFAR, full, 0)) == nats_sss.parameters(SIZES, 10)


def test_a_narrower_or_shallower_network() -> None:
    full, benchmark = Fidelity(12, 12), Nb201Live()
    half = benchmark.build(CELL, CIFAR, full._replace(width=0.5), 0)
    assert half.stem[0].weight.shape == (8, 3, 3, 3)
    assert len(benchmark.build(CELL, CIFAR, full._replace(depth=0.6), 0).layers) == 3 * 3 + 2
    assert len(benchmark.build(CELL, CIFAR, full, 0).layers) == 3 * 5 + 2
    assert NatsSssLive().build(SIZES, CIFAR, full._replace(width=0.25), 0).stem[0].weight.shape == (2, 3, 3, 3)
    for fidelity in (full._replace(width=0.5), full._replace(depth=0.6), full._replace(resolution=0.25)):
        assert offers(benchmark, fidelity)
    assert not offers(NatsSssLive(), full._replace(depth=0.6))
    with pytest.raises(BadValue, match="images of 2x2 points: the network halves them twice"):
        cells().evaluate(Query(CELL, full._replace(epochs=1, resolution=0.25)), 0)


@pytest.mark.parametrize(
    ("make", "recipe", "schedules"),
    [
        (cells, "12", {12}),
        (cells, 12, {12}),
        (cells, "200", {12, 200}),
        (sizes, "1", {1}),
        (sizes, "12", {1, 12}),
        (sizes, "90", {1, 12, 90}),
    ],
)
def test_a_recipe_is_the_longest_of_its_schedules(make: Any, recipe: str | int, schedules: set[int]) -> None:
    fidelities = make(recipe=recipe).fidelities
    assert {fidelity.schedule for fidelity in fidelities} == schedules
    assert fidelities[-1] == Fidelity(int(recipe), int(recipe))
    assert {fidelity.data for fidelity in fidelities} == {0.25, 1.0}
    assert len(set(fidelities)) == len(fidelities) == 2 * sum(schedules)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"recipe": 13}, "recipe = 13: give the epochs of one of the schedules, 12, 200"),
        ({"recipe": "13"}, "recipe = '13': give the epochs of one of the schedules, 12, 200"),
        ({"channels": 0}, "channels = 0: give a whole number of at least 1"),
        ({"cells": 2.5}, "cells = 2.5: give a whole number"),
        ({"images": 0}, "images = 0: give a whole number of at least 1, or leave it out"),
        ({"patience": 0}, "patience = 0 of a recipe"),
        ({"device": "gpu"}, "device 'gpu' cannot be used"),
        ({"amp": "float16"}, "needs a GPU"),
    ],
)
def test_options_that_cannot_be_are_refused_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        cells(**options)


def test_a_data_set_that_is_not_there_is_refused_when_it_is_needed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NASGAUGE_DATASETS", str(tmp_path))
    with pytest.raises(UnknownName, match=r"no dataset is called 'cifar11'\. Did you mean 'cifar10'"):
        cells(dataset="cifar11")
    benchmark = Nb201Live()
    assert benchmark.dataset == "cifar10"
    with pytest.raises(BadValue, match="CIFAR-10 is not in"):
        benchmark.evaluate(Query(CELL, Fidelity(1, 12)), 0)


def test_it_says_what_it_is() -> None:
    provenance = cells(amp="bfloat16").provenance
    json.dumps(provenance)
    assert provenance["images"] == "at most 40 to train, to validate and to test"
    assert (provenance["channels"], provenance["cells"], provenance["dataset"]) == ("2", "1", TOY)
    assert "amp='bfloat16'" in provenance["setup"]
    assert "batch=256" in provenance["recipe"]
    assert Nb201Live().provenance["images"] == "all"


def every_live() -> list[str]:
    items = {name: registry.load("benchmark", name) for name in registry.names("benchmark") if name.endswith("_live")}
    return [name for name, item in items.items() if isinstance(item, type) and issubclass(item, LiveBenchmark)]


@pytest.mark.parametrize("name", every_live())
def test_every_live_benchmark(name: str) -> None:
    """Each can be made without data, trains where the experiment says, and builds networks of its space."""
    for option in ("device", "checkpoints", "images", "amp", "dataset"):
        assert registry.accepts("benchmark", name, option)
    benchmark = registry.load("benchmark", name)()
    assert benchmark.name == name
    assert benchmark.fidelities[-1].data == 1.0
    arch = benchmark.space.sample(np.random.default_rng(0))
    shape, full = Shape(3, 16, 16, 7), benchmark.fidelities[-1]
    state = torch.get_rng_state()
    one, other, same = (benchmark.build(arch, shape, full, seed) for seed in (0, 1, 0))
    assert torch.equal(torch.get_rng_state(), state)
    assert one.eval()(torch.zeros(2, 3, 16, 16)).shape == (2, 7)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    for name, fractions in benchmark.reductions.items():
        if name != "resolution":
            for fraction in fractions[:3]:
                less = benchmark.build(arch, shape, full._replace(**{name: fraction}), 0)
                assert parameters(less) < parameters(one)


@pytest.mark.real_data
def test_it_learns_cifar10(real_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A small official network remembers a few hundred photographs; ten classes, so that chance is 10 %."""
    (tmp_path / "cifar10").mkdir()
    (tmp_path / "cifar10" / "images.parquet").symlink_to(real_data / "cifar10_jpeg.parquet")
    monkeypatch.setenv("NASGAUGE_DATASETS", str(tmp_path))
    task = place(registry.load("dataset", "cifar10")(), Share(images=300), Setup())
    assert task.sizes == [300, 300, 300]
    assert task.shape == CIFAR
    assert task.black[0] == pytest.approx(-125.3 / 63)
    network = Nb201Live(channels=8, cells=1).build((CONV3, NONE, CONV3, SKIP, NONE, CONV3), CIFAR, Fidelity(12, 12), 0)
    trainer = Trainer(network, task, Plan(replace(NB201, batch=20, lr=0.05), 10, 0), Setup())
    history = list(finish(trainer, 10))
    assert history[0].train_loss > 2
    assert history[-1].train_loss < 0.85 * history[0].train_loss
    assert history[-1].train_accuracy > 28
    assert history[-1].valid_accuracy > 20
