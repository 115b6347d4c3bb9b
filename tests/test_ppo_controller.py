"""The LSTM controller against torch's own cell, and PPO against its equations."""

import itertools
import math
from collections import Counter
from collections.abc import Sequence

import pytest
import torch
from toy_problem import EPOCHS, Grid, failing, problem, run, told

from harness.algorithms._lstm import Controller, Sample
from harness.algorithms._ppo import Ppo, clipped
from harness.algorithms.ppo_controller import PpoController
from harness.algorithms.random_search import RandomSearch
from harness.core import Arch, Metric, Query
from harness.errors import BadValue

FULL = EPOCHS[-1]
CHOICES = (4, 1, 3)


def far(query: Query) -> float:
    return float(sum(query.arch))


def every(choices: Sequence[int]) -> list[Arch]:
    return list(itertools.product(*map(range, choices)))


def log_probabilities(controller: Controller, archs: Sequence[Arch]) -> list[list[float]]:
    return controller.log_probabilities(archs)[0].tolist()


class TestController:
    def test_is_an_lstm(self) -> None:
        controller = Controller(CHOICES, 6, 0)
        cell = torch.nn.LSTMCell(6, 6).double()
        with torch.no_grad():
            cell.weight_hh.copy_(torch.cat([controller._recur[:, i : i + 6] for i in (0, 6, 18, 12)], 1).T)
            cell.weight_ih.zero_()
            cell.bias_hh.zero_()
        h = c = torch.zeros(1, 6, dtype=torch.float64)
        arch, option = (2, 0, 1), 0
        for i, (weights, bias) in enumerate(controller._heads):
            read = controller._read[i][option]
            with torch.no_grad():  # torch orders the gates input, forget, cell, output
                cell.bias_ih.copy_(torch.cat([read[j : j + 6] for j in (0, 6, 18, 12)]))
            h, c = cell(torch.zeros(1, 6, dtype=torch.float64), (h, c))
            option = arch[i]
            expected = torch.log_softmax(h @ weights + bias, 1)[0, option].item()
            assert log_probabilities(controller, [arch])[0][i] == pytest.approx(expected, abs=1e-12)

    def test_is_a_distribution_over_architectures(self) -> None:
        controller = Controller(CHOICES, 8, 0)
        logs, entropies = controller.log_probabilities(every(CHOICES))
        odds = logs.sum(1).exp()
        assert odds.sum().item() == pytest.approx(1)
        assert (odds * entropies.sum(1)).sum().item() == pytest.approx(-(odds * odds.log()).sum().item())

    def test_later_decisions_know_the_earlier_ones(self) -> None:
        one, other = log_probabilities(Controller((2, 3), 8, 0), [(0, 1), (1, 1)])
        assert one[1] != other[1]

    def test_draws_as_often_as_it_says(self) -> None:
        controller, n = Controller(CHOICES, 8, 3), 6000
        Ppo(controller, learning_rate=0.05, clip=0.9, entropy=0, passes=20).improve(controller.sample(10), range(10))
        counts = Counter(sample.arch for sample in controller.sample(n))
        for arch, logs in zip(every(CHOICES), log_probabilities(controller, every(CHOICES)), strict=True):
            p = math.exp(sum(logs))
            assert abs(counts[arch] - n * p) <= 4.5 * math.sqrt(n * p * (1 - p))

    def test_samples_know_their_probabilities(self) -> None:
        controller = Controller(CHOICES, 8, 0)
        samples = controller.sample(20)
        logs = log_probabilities(controller, [sample.arch for sample in samples])
        for sample, expected in zip(samples, logs, strict=True):
            assert sample.log_probabilities == pytest.approx(expected)
            assert controller.sample_of(sample.arch).log_probabilities == pytest.approx(expected)

    def test_seed_decides(self) -> None:
        assert Controller(CHOICES, 8, 1).sample(30) == Controller(CHOICES, 8, 1).sample(30)
        assert Controller(CHOICES, 8, 1).sample(30) != Controller(CHOICES, 8, 2).sample(30)


class TestPpo:
    @pytest.mark.parametrize(
        ("ratio", "advantage", "objective", "slope"),
        [
            (1.1, 2.0, 2.2, 2.0),
            (1.5, 2.0, 2.4, 0.0),  # enough gained
            (0.5, 2.0, 1.0, 2.0),  # the wrong way: never clipped
            (0.9, -2.0, -1.8, -2.0),
            (0.5, -2.0, -1.6, 0.0),
            (1.5, -2.0, -3.0, -2.0),
        ],
    )
    def test_clips(self, ratio: float, advantage: float, objective: float, slope: float) -> None:
        r = torch.tensor(ratio, dtype=torch.float64, requires_grad=True)
        value = clipped(r, torch.tensor(advantage, dtype=torch.float64), 0.2)
        value.backward()
        assert value.item() == pytest.approx(objective)
        assert r.grad is not None
        assert r.grad.item() == slope

    def test_first_pass_is_the_policy_gradient(self) -> None:
        controller, twin = Controller(CHOICES, 8, 0), Controller(CHOICES, 8, 0)
        samples, advantages = controller.sample(5), [1.0, -2.0, 0.5, 0.0, 3.0]
        Ppo(controller, learning_rate=0.01, clip=0.2, entropy=0.1, passes=1).improve(samples, advantages)
        logs, entropies = twin.log_probabilities([sample.arch for sample in samples])
        gain = torch.tensor(advantages, dtype=torch.float64)[:, None] * logs + 0.1 * entropies
        optimizer = torch.optim.Adam(twin.parameters, lr=0.01)
        (-gain.mean()).backward()
        optimizer.step()
        for mine, theirs in zip(controller.parameters, twin.parameters, strict=True):
            assert torch.allclose(mine, theirs, rtol=0, atol=1e-7)

    def test_stops_at_the_clip(self) -> None:
        controller = Controller((3,), 8, 0)
        (sample,) = controller.sample(1)
        ppo = Ppo(controller, learning_rate=0.01, clip=0.2, entropy=0, passes=1)
        ratios = []
        for _ in range(60):
            ppo.improve([sample], [1.0])
            (after,) = log_probabilities(controller, [sample.arch])[0]
            ratios.append(math.exp(after - sample.log_probabilities[0]))
            gradients = [parameter.grad for parameter in controller.parameters]
            still = all(gradient is None or not gradient.any() for gradient in gradients)
            assert still == (len(ratios) > 1 and ratios[-2] > 1.2)
        assert max(ratios) > 1.2

    def test_entropy_makes_it_more_even(self) -> None:
        controller = Controller((6,), 8, 0)
        samples = [Sample((0,), (-1.0,))]
        before = controller.log_probabilities([(0,)])[1].item()
        Ppo(controller, learning_rate=0.01, clip=0.2, entropy=1, passes=20).improve(samples, [0.0])
        assert before < controller.log_probabilities([(0,)])[1].item() <= math.log(6)


class TestPpoController:
    def test_improves_when_the_batch_has_been_told(self) -> None:
        algorithm = PpoController(problem(), seed=0, batch=5, hidden=8)
        controller = algorithm._controller
        probe = log_probabilities(controller, [(1, 1, 1)])
        queries = [algorithm.ask() for _ in range(12)]
        for i, query in enumerate(queries[:6]):
            algorithm.tell(told(query, math.inf if i == 2 else far(query)))
            assert (log_probabilities(controller, [(1, 1, 1)]) == probe) == (i < 5)
        assert len(algorithm._told) == 0

    def test_advantage_is_the_reward_above_the_moving_average(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[list[float]] = []
        monkeypatch.setattr(Ppo, "improve", lambda self, samples, advantages: seen.append(list(advantages)))
        algorithm = PpoController(problem(), seed=0, batch=2, momentum=0.5)
        for value in (30.0, 60.0, 0.0, 90.0):
            algorithm.tell(told(algorithm.ask(), value))
        first = (30 * 1 + 60 * 2) / 3
        second = (30 * 1 + 60 * 2 + 0 * 4 + 90 * 8) / 15
        assert seen == [pytest.approx([first - 30, first - 60]), pytest.approx([second - 0, second - 90])]

    def test_ratios_compare_to_the_policy_that_drew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        algorithm = PpoController(problem(), seed=0, batch=3, hidden=8, learning_rate=0.1)
        late = algorithm.ask()
        drawn = log_probabilities(algorithm._controller, [late.arch])[0]
        for query in [algorithm.ask() for _ in range(3)]:
            algorithm.tell(told(query, far(query)))
        assert log_probabilities(algorithm._controller, [late.arch])[0] != pytest.approx(drawn, abs=0.01)
        seen: list[Sample] = []
        monkeypatch.setattr(Ppo, "improve", lambda self, samples, advantages: seen.extend(samples))
        algorithm.tell(told(late, 1.0))
        foreign = Query((3, 2, 4), FULL)
        algorithm.tell(told(foreign, 1.0))
        algorithm.tell(told(foreign, 2.0))
        assert seen[0].log_probabilities == pytest.approx(drawn)
        assert seen[1] == seen[2] == algorithm._controller.sample_of((3, 2, 4))

    def test_asks_with_the_newest_policy(self) -> None:
        algorithm = PpoController(problem(), seed=0, batch=4, hidden=8)
        queries = [algorithm.ask() for _ in range(6)]
        assert len(algorithm._drawn) == 2
        for query in queries[:4]:
            algorithm.tell(told(query, far(query)))
        assert len(algorithm._drawn) == 0
        assert sum(map(len, algorithm._running.values())) == 2

    def test_failures_change_nothing(self) -> None:
        algorithm = PpoController(problem(), seed=0, batch=5, hidden=8)
        before = log_probabilities(algorithm._controller, [(1, 1, 1)])
        run(algorithm, 50, failing)
        assert log_probabilities(algorithm._controller, [(1, 1, 1)]) == before
        assert not algorithm._running

    def test_draws_until_options_go_together(self) -> None:
        class Even(Grid):
            def admits(self, arch: Sequence[int]) -> bool:
                return sum(arch) % 2 == 0

        queries = run(PpoController(problem(Even()), seed=0, hidden=8), 100, far)
        assert len(queries) == 100
        assert all(far(query) % 2 == 0 for query in queries)

    def test_leaves_torch_as_it_was(self) -> None:
        threads = torch.get_num_threads()
        before = torch.random.get_rng_state()
        run(PpoController(problem(), seed=0, hidden=8), 40, far)
        assert torch.equal(before, torch.random.get_rng_state())
        assert torch.get_num_threads() == threads
        assert torch.is_grad_enabled()
        assert torch.get_default_dtype() == torch.float32

    def test_beats_random_search_on_a_slope(self) -> None:
        space = Grid((6,) * 8)
        learned = min(map(far, run(PpoController(problem(space), seed=0), 200, far)))
        assert learned < min(map(far, run(RandomSearch(problem(space), seed=0), 200, far)))

    @pytest.mark.parametrize(
        ("hyper", "message"),
        [
            ({"learning_rate": 0}, "learning_rate = 0 .* above 0"),
            ({"batch": 0}, "batch = 0"),
            ({"passes": 0}, "passes = 0"),
            ({"clip": 0}, "clip = 0 .* above 0 and at most 1"),
            ({"entropy": -1}, "entropy = -1 .* at least 0"),
            ({"momentum": 1}, "momentum = 1"),
            ({"hidden": 0}, "hidden = 0"),
        ],
    )
    def test_refuses_bad_values(self, hyper: dict[str, float], message: str) -> None:
        with pytest.raises(BadValue, match=message):
            PpoController(problem(), seed=0, **hyper)

    def test_refuses_a_second_objective_that_it_would_ignore(self) -> None:
        two = problem()._replace(objectives=(*problem().objectives, Metric("flops", "M", False, "cost")))
        with pytest.raises(BadValue, match="valid_accuracy, flops"):
            PpoController(two, seed=0)

    def test_asks_at_the_fidelity_named(self) -> None:
        assert {query.fidelity for query in run(PpoController(problem(), seed=0, epochs=3), 30)} == {EPOCHS[2]}
