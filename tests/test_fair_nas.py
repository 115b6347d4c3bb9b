"""FairNAS: every operation of every edge has its turn in every step, and the step is one."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from toy_texture import TextureBenchmark, sees

from harness.errors import BadValue
from harness.spaces.mobile import Mobile
from proxies.weight_sharing._shared import Mixture
from proxies.weight_sharing._supernet import cross_entropy
from proxies.weight_sharing.fair_nas import FairNas

NOTHING = np.empty(0)
OPERATIONS, EDGES, STEPS = 5, 6, 4


def watched(supernet: FairNas, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What happens while it trains: a tuple of options for each path, "step" for each update."""
    events: list[Any] = []
    forward, step = supernet.network.forward, supernet.step

    def passing(images: torch.Tensor, mixture: Mixture) -> torch.Tensor:
        events.append(tuple(option for weights in mixture for option in weights))
        return forward(images, mixture)

    def stepping() -> None:
        events.append("step")
        step()

    monkeypatch.setattr(supernet.network, "forward", passing)
    monkeypatch.setattr(supernet, "step", stepping)
    return events


def test_a_step_trains_each_operation_of_each_edge_once(monkeypatch: pytest.MonkeyPatch) -> None:
    supernet = FairNas(TextureBenchmark(), seed=0, epochs=1, batch=75)
    events = watched(supernet, monkeypatch)
    supernet.fit([], NOTHING)
    assert len(events) == STEPS * (OPERATIONS + 1)
    for k in range(STEPS):
        *paths, update = events[k * (OPERATIONS + 1) : (k + 1) * (OPERATIONS + 1)]
        assert update == "step"
        turns = Counter((edge, option) for path in paths for edge, option in enumerate(path))
        assert turns == {(edge, option): 1 for edge in range(EDGES) for option in range(OPERATIONS)}
    assert len({event for event in events if event != "step"}) > 2 * OPERATIONS  # the orders are drawn anew


def test_the_gradient_is_the_sum_over_the_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    supernet, other = (FairNas(TextureBenchmark(), seed=3, batch=75, clip=1e9) for _ in range(2))
    monkeypatch.setattr(supernet, "step", lambda: None)
    events = watched(supernet, monkeypatch)
    batch = next(supernet.task.batches(supernet.task.train, np.random.default_rng(0)))
    losses = supernet._fair_step(batch)
    paths = [event for event in events if event != "step"]
    total = sum(cross_entropy(other.network, batch, other.network.mixture(path)) for path in paths)
    assert isinstance(total, torch.Tensor)
    assert sum(losses) == pytest.approx(total.item())
    total.backward()  # type: ignore[no-untyped-call]
    pairs = [(a.grad, b.grad) for a, b in zip(supernet.network.parameters(), other.network.parameters(), strict=True)]
    assert sum(expected is not None for _, expected in pairs) > 20
    for mine, expected in pairs:  # none where a path's `none` cuts the operation off
        assert (mine is None) == (expected is None)
        if expected is not None:
            torch.testing.assert_close(mine, expected, rtol=1e-3, atol=1e-5)


def test_cells_that_see_are_told_from_those_that_do_not() -> None:
    supernet = FairNas(TextureBenchmark(), seed=0, epochs=15, batch=30, candidates=30)
    supernet.fit([], NOTHING)
    rng = np.random.default_rng(0)
    archs = [supernet.task.space.sample(rng) for _ in range(60)]
    scores = supernet.score(archs)
    able = np.array([sees(arch) for arch in archs])
    assert np.median(scores[able]) > 75
    assert scores[~able].max() < 60
    assert sees(supernet.derive())


def test_decisions_of_unequal_sizes_are_refused() -> None:
    benchmark = TextureBenchmark()
    benchmark.space = Mobile()
    with pytest.raises(BadValue, match=r"mobile have \[2, 3\]"):
        FairNas(benchmark, seed=0)
