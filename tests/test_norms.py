"""The running averages of supernets' batch norms, which know of training steps alone."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from toy_texture import TextureBenchmark

from harness import registry
from harness.errors import BadValue
from harness.spaces.mobile import Mobile
from harness.spaces.nb201 import NONE, SKIP
from proxies.weight_sharing._best import best_of
from proxies.weight_sharing._losses import mean
from proxies.weight_sharing._norms import Norms
from proxies.weight_sharing.big_nas import BigNas
from proxies.weight_sharing.enas import Enas
from proxies.weight_sharing.single_path import SinglePath

STEPS = 4
"""Batches of 75 among 300 images."""

LEARNING: list[tuple[str, dict[str, Any], int]] = [
    ("darts", {}, 1),
    ("darts", {"order": 2}, 1),
    ("fair_darts", {}, 1),
    ("pc_darts", {}, 1),
    ("robust_darts", {}, 1),
    ("gdas", {}, 1),
    ("fbnet", {}, 1),
    ("proxyless", {}, 1),
    ("enas", {"paths": 3}, 1),
    ("attentive_nas", {"networks": 2, "k": 3}, 4),
]
"""Methods that look at images beside training on them, and how many networks each trains on a batch."""


def made(name: str, **options: Any) -> Any:
    return registry.load("proxy", name)(TextureBenchmark(), seed=0, epochs=1, batch=75, cells=1, **options)


def counts(network: nn.Module) -> list[int]:
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    return [int(norm.get_buffer("num_batches_tracked")) for norm in norms]


@pytest.mark.parametrize(("name", "options", "networks"), LEARNING)
def test_only_training_steps_are_averaged(name: str, options: dict[str, Any], networks: int) -> None:
    supernet = made(name, **options)
    supernet.train_epoch()
    assert max(counts(supernet.network)) == STEPS * networks  # of the head's, which sees all


@pytest.mark.parametrize("narrow", [False, True])
def test_still_norms_compute_the_same_and_remember_nothing(narrow: bool) -> None:
    benchmark = TextureBenchmark()
    if narrow:
        benchmark.space = Mobile()
    supernet = BigNas(benchmark, seed=0, batch=75)
    images, _ = supernet.task.valid
    mixture = supernet.network.mixture(supernet.elastic.smallest)
    before = {name: value.clone() for name, value in supernet.network.state_dict().items()}
    with Norms(supernet.network).still():
        logits = supernet.network(images, mixture)
    assert all(torch.equal(before[name], value) for name, value in supernet.network.state_dict().items())
    assert torch.equal(logits, supernet.network(images, mixture))
    assert max(counts(supernet.network)) == 1


def test_norms_move_again_after_an_error() -> None:
    norm = nn.BatchNorm2d(2)
    with pytest.raises(RuntimeError), Norms(norm).still():
        raise RuntimeError
    norm(torch.ones(3, 2, 4, 4))
    assert norm.get_buffer("num_batches_tracked") == 1


def test_the_best_is_one_of_each_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 3x3 convolution behind nothing is nothing; what counts is judged once, as the class's representative."""
    alike = [(SKIP, NONE, 3, SKIP, NONE, NONE), (SKIP, NONE, 2, SKIP, NONE, NONE)]
    one_shot, controlled = SinglePath(TextureBenchmark(), seed=0), Enas(TextureBenchmark(), seed=0)
    expected = one_shot.task.space.canonical(alike[0])
    assert one_shot.task.space.canonical(alike[1]) == expected
    drawn = iter(alike)
    monkeypatch.setattr(one_shot.task.space, "sample", lambda rng: next(drawn))
    monkeypatch.setattr(controlled.controlled, "draw", lambda count, seed: alike)
    for supernet, derive in ((one_shot, lambda: best_of(one_shot, 2)), (controlled, controlled.derive)):
        judged: list[tuple[int, ...]] = []
        monkeypatch.setattr(supernet, "accuracy", lambda arch, judged=judged: judged.append(arch) or 50.0)
        assert derive() == expected
        assert judged == [expected]


@pytest.mark.parametrize("name", ["single_path", "fair_nas", "few_shot", "smash", "enas", "ofa", "big_nas"])
@pytest.mark.parametrize("candidates", [0, 2.5])
def test_there_is_a_candidate_to_derive(name: str, candidates: float) -> None:
    with pytest.raises(BadValue, match=f"candidates = {candidates}"):
        registry.load("proxy", name)(TextureBenchmark(), seed=0, candidates=candidates)


def test_the_mean_is_that_of_python() -> None:
    values = np.random.default_rng(0).random(100).astype(np.float32)
    assert mean(list(torch.from_numpy(values))) == sum(map(float, values)) / 100
