"""REINFORCE against its definition: automatic differentiation, Adam as torch has it, and the moving baseline."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from toy_problem import EPOCHS, Grid, loss, problem, run, told

from harness.algorithms._baseline import MovingAverage
from harness.algorithms.random_search import RandomSearch
from harness.algorithms.reinforce import Policy, Reinforce
from harness.core import Arch, Metric, Query
from harness.errors import BadValue
from harness.spaces.nb201 import Nb201

FULL = EPOCHS[-1]


def test_baseline_is_a_weighted_mean_of_the_rewards() -> None:
    rewards, baseline = [90.0, 50.0, 70.0, 10.0], MovingAverage(0.9)
    assert baseline.update(rewards[0]) == pytest.approx(90)
    for n in range(2, 5):
        weights = 0.9 ** np.arange(n)[::-1]
        assert baseline.update(rewards[n - 1]) == pytest.approx(np.average(rewards[:n], weights=weights))


class Reference:
    """The published loop in torch: a row of logits per decision, categorical draws, `torch.optim.Adam`."""

    def __init__(self, policy: Policy, choices: Sequence[int], rate: float) -> None:
        rows = zip(policy.logits, choices, strict=True)
        self.logits = [torch.tensor(row[:n], dtype=torch.float64, requires_grad=True) for row, n in rows]
        self._optimizer = torch.optim.Adam(self.logits, lr=rate)
        self._rewards: list[float] = []

    def step(self, arch: Arch, reward: float) -> None:
        self._rewards.append(reward)
        weights = 0.9 ** np.arange(len(self._rewards))[::-1]
        advantage = reward - np.average(self._rewards, weights=weights)
        drawn = zip(self.logits, arch, strict=True)
        log_probability = sum(torch.log_softmax(row, 0)[option] for row, option in drawn)
        self._optimizer.zero_grad()
        (-advantage * log_probability).backward()
        self._optimizer.step()

    def probabilities(self) -> list[list[float]]:
        return [torch.softmax(row, 0).tolist() for row in self.logits]


@pytest.mark.parametrize("choices", [(5,) * 6, (4, 3, 5), (1, 7, 2)])
@pytest.mark.parametrize(("rate", "scale"), [(0.01, 1), (0.3, 1), (0.1, 1e-7)])
def test_steps_as_torch_would(choices: tuple[int, ...], rate: float, scale: float) -> None:
    algorithm = Reinforce(problem(Grid(choices)), seed=1, learning_rate=rate)
    reference = Reference(algorithm._policy, choices, rate)
    for _ in range(60):
        query = algorithm.ask()
        algorithm.tell(told(query, scale * loss(query)))
        reference.step(query.arch, -scale * loss(query))
        for mine, theirs in zip(algorithm._policy.probabilities, reference.probabilities(), strict=True):
            assert mine[: len(theirs)] == pytest.approx(theirs, abs=1e-6)
            assert not mine[len(theirs) :].any()
    assert rate != 0.3 or max(map(max, reference.probabilities())) > 0.5


def test_begins_nearly_uniform_and_its_first_trial_changes_nothing() -> None:
    algorithm = Reinforce(problem(Grid((50,) * 40)), seed=0)
    before = np.log(algorithm._policy.probabilities)
    assert before.std() == pytest.approx(1e-3, rel=0.1)
    query = algorithm.ask()
    algorithm.tell(told(query, 3.0))
    assert np.array_equal(before, np.log(algorithm._policy.probabilities))
    algorithm.tell(told(query, 2.0))
    assert not np.array_equal(before, np.log(algorithm._policy.probabilities))


def test_draws_as_often_as_the_policy_says() -> None:
    rng, n = np.random.default_rng(0), 6000
    policy = Policy((4, 1, 3), rng)
    for _ in range(8):
        policy.ascend((1, 0, 2), 1.0, 0.1)
    archs = [policy.sample(rng) for _ in range(n)]
    for i, options in enumerate((4, 1, 3)):
        counts = Counter(arch[i] for arch in archs)
        assert set(counts) == set(range(options))
        for option in range(options):
            p = policy.probabilities[i, option]
            assert abs(counts[option] - n * p) <= 4 * math.sqrt(n * p * (1 - p)) + 1e-9
    assert policy.probabilities[0, 1] > 0.3


def test_stays_finite_when_it_is_certain() -> None:
    policy = Policy((3, 2), np.random.default_rng(0))
    for _ in range(3000):
        policy.ascend((2, 0), 5.0, 10.0)
    assert policy.probabilities == pytest.approx(np.array([[0, 0, 1], [1, 0, 0]]))
    assert policy.sample(np.random.default_rng(1)) == (2, 0)
    for _ in range(3000):
        policy.ascend((0, 1), 5.0, 100.0)
    assert np.isfinite(policy.probabilities).all()


def test_failures_change_nothing() -> None:
    def asked(fail: bool) -> list[Query]:
        algorithm = Reinforce(problem(), seed=4, learning_rate=0.5)
        for i in range(20):
            algorithm.tell(told(Query((i % 4, 0, 0), FULL), float(i % 4)))
            if fail:
                algorithm.tell(told(Query((3, 2, 4), FULL), math.inf))
        return [algorithm.ask() for _ in range(30)]

    assert asked(fail=True) == asked(fail=False)


def test_draws_until_options_go_together() -> None:
    class Even(Grid):
        def admits(self, arch: Sequence[int]) -> bool:
            return sum(arch) % 2 == 0

    queries = run(Reinforce(problem(Even()), seed=0), 300)
    assert len({query.arch for query in queries}) == 30


def test_beats_random_search_on_a_slope() -> None:
    def far(query: Query) -> float:
        return float(sum(query.arch))

    space = Grid((6,) * 8)
    learned = min(map(far, run(Reinforce(problem(space), seed=0, learning_rate=0.05), 400, far)))
    assert learned < min(map(far, run(RandomSearch(problem(space), seed=0), 400, far)))


def test_fidelity_and_bad_values() -> None:
    assert {query.fidelity for query in run(Reinforce(problem(), seed=0, epochs=3), 30)} == {EPOCHS[2]}
    for hyper, message in (
        ({"learning_rate": 0}, "learning_rate = 0 .* above 0"),
        ({"momentum": 1}, "momentum = 1 .* from 0 to 0.9999"),
    ):
        with pytest.raises(BadValue, match=message):
            Reinforce(problem(Nb201()), seed=0, **hyper)
    two = problem()._replace(objectives=(*problem().objectives, Metric("flops", "M", False, "cost")))
    with pytest.raises(BadValue, match="valid_accuracy, flops"):
        Reinforce(two, seed=0)
