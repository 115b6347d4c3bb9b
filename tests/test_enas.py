"""ENAS: the controller learns from rewards, and finds the operation without which nothing can be told."""

import math
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy

import numpy as np
import pytest
from toy_texture import TextureBenchmark, sees

from harness.core import Arch
from harness.errors import BadValue
from proxies.weight_sharing._controlled import Controlled
from proxies.weight_sharing.enas import Enas

NOTHING = np.empty(0)
CHOICES = (3, 2, 4)


def controlled(**options: float) -> Controlled:
    return Controlled(CHOICES, 0, **{"hidden": 8, "lr": 0.05, "entropy": 0.0, "momentum": 0.9, **options})  # type: ignore[arg-type]


def likely(policy: Controlled, archs: Sequence[Arch]) -> list[float]:
    logs, _ = policy.controller.log_probabilities(archs)
    return logs.sum(1).exp().tolist()


class TestControlled:
    def test_draws_by_the_seed_alone(self) -> None:
        policy = controlled()
        assert policy.draw(20, 1) == policy.draw(20, 1)
        assert policy.draw(20, 1) != policy.draw(20, 2)

    def test_learns_which_architecture_is_rewarded(self) -> None:
        policy, best = controlled(), (2, 0, 3)
        for seed in range(60):
            archs = policy.draw(10, seed)
            policy.learn(archs, [sum(map(int.__eq__, arch, best)) / 3 for arch in archs])
        assert likely(policy, [best])[0] > 0.8

    def test_equal_rewards_teach_nothing(self) -> None:
        policy, archs = controlled(), [(0, 0, 0), (1, 1, 1), (2, 0, 3)]
        before = likely(policy, archs)
        policy.learn(archs, [0.5] * 3)
        assert likely(policy, archs) == before

    def test_the_baseline_is_that_of_before_and_moves_by_its_weight(self) -> None:
        policy = controlled(momentum=0.8)
        policy.learn([(0, 0, 0)], [1.0])
        assert policy.baseline == 1.0
        before = likely(policy, [(1, 1, 1)])[0]
        policy.learn([(1, 1, 1)], [0.5])
        assert policy.baseline == pytest.approx(0.9)
        assert likely(policy, [(1, 1, 1)])[0] < before  # it was worse than the baseline

    def test_the_bonus_keeps_decisions_open(self) -> None:
        entropies = {}
        for weight in (0.0, 1.0):
            policy = controlled(entropy=weight)
            for seed in range(40):
                archs = policy.draw(10, seed)
                entropies[weight] = policy.learn(archs, [float(arch[0] == 2) + float(arch[2] == 3) for arch in archs])
        most = sum(map(math.log, CHOICES)) / len(CHOICES)
        assert entropies[0.0] < 0.5 * most
        assert entropies[1.0] > 0.8 * most

    def test_goes_on_from_its_state(self) -> None:
        policy, other = controlled(), controlled()
        lessons = [(policy.draw(5, seed), [0.1 * k for k in range(5)]) for seed in range(4)]
        for lesson in lessons[:2]:
            policy.learn(*lesson)
        other.load_state_dict(deepcopy(policy.state_dict()))
        for lesson in lessons[2:]:
            policy.learn(*lesson)
            other.learn(*lesson)
        assert likely(other, [(0, 1, 2)]) == likely(policy, [(0, 1, 2)])
        assert other.baseline == policy.baseline


def test_finds_a_3x3_convolution() -> None:
    supernet = Enas(
        TextureBenchmark(), seed=0, epochs=40, batch=25, steps=3, paths=5, controller_lr=0.01, candidates=10
    )
    before = np.mean([sees(arch) for arch in supernet.controlled.draw(200, 1)])
    supernet.fit([], NOTHING)
    assert before < 0.75
    assert np.mean([sees(arch) for arch in supernet.controlled.draw(200, 1)]) > 0.95
    assert sees(supernet.derive())
    first, last = ({w.measure: w.value for w in supernet.history if w.epoch == epoch} for epoch in (1, 40))
    assert set(last) == {"train_loss", "reward", "entropy", "skip_share"}
    assert last["reward"] > 0.9 > 0.5 > first["reward"]
    assert last["entropy"] < first["entropy"] <= math.log(5)
    assert first["skip_share"] == pytest.approx(0.2, abs=0.12)


def test_weights_are_trained_on_the_paths_that_the_controller_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    supernet = Enas(TextureBenchmark(), seed=0, epochs=1, batch=75, steps=2, paths=3)
    drawn: Counter[tuple[int, ...]] = Counter()
    used: Counter[tuple[int, ...]] = Counter()
    draw, mixture = supernet.controlled.draw, supernet.network.mixture

    def drawing(count: int, seed: int) -> list[Arch]:
        archs = draw(count, seed)
        drawn.update(archs)
        return archs

    def using(arch: Arch) -> object:
        used[arch] += 1
        return mixture(arch)

    monkeypatch.setattr(supernet.controlled, "draw", drawing)
    monkeypatch.setattr(supernet.network, "mixture", using)
    supernet.fit([], NOTHING)
    assert drawn.total() == 300 // 75 + 2 * 3
    assert set(used) == set(drawn)


@pytest.mark.parametrize(
    "options",
    [{"steps": 0}, {"paths": 0}, {"controller_lr": 0.0}, {"entropy": -1.0}, {"decay": 1.0}, {"candidates": 0}],
)
def test_bad_options_are_refused(options: dict[str, float]) -> None:
    (name,) = options
    with pytest.raises(BadValue, match=name):
        Enas(TextureBenchmark(), seed=0, **options)  # type: ignore[arg-type]
