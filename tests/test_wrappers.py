"""Two objectives made one: what the algorithm inside a wrapper is told."""

import itertools
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_problem import ACCURACY, EPOCHS, Grid, problem

from harness.algorithms.nsga2 import Nsga2
from harness.algorithms.regularized_evolution import RegularizedEvolution
from harness.budget import Budget, Ledger
from harness.core import Algorithm, Metric, Problem, Query, Trial
from harness.errors import BadValue, UnknownName
from harness.experiment.build import build_algorithm
from harness.problem import problem_of
from harness.registry import load
from harness.search import Record, search
from harness.wrappers.constraint import Constraint
from harness.wrappers.mnasnet_reward import MnasnetReward

INF = math.inf
LATENCY = Metric("latency", "ms", False, "cost")
ENERGY = Metric("energy", "mJ", False, "cost")
ERROR = Metric("valid_error", "%", False, "valid")
LOSS = Metric("valid_loss", "nats", False, "valid")
QUERY = Query((0, 0, 0), EPOCHS[-1])
TWO = problem()._replace(objectives=(ACCURACY, LATENCY))
THREE = problem()._replace(objectives=(ACCURACY, ENERGY, LATENCY))


class Listener(Algorithm):
    """Keeps what it is given."""

    def __init__(self, given: Problem) -> None:
        self.problem, self.told = given, list[Trial]()

    def ask(self) -> Query | None:
        self.spent += 2.5
        return QUERY

    def tell(self, trial: Trial) -> None:
        self.told.append(trial)


class Wrapped:
    """A listener in a wrapper."""

    def __init__(self, wrapper: type[Algorithm], given: Problem = TWO, **options: object) -> None:
        self.made: list[Listener] = []
        self.outside = wrapper(self.make, given, seed=0, **options)
        self.inside = self.made[0]

    def make(self, given: Problem) -> Algorithm:
        self.made.append(Listener(given))
        return self.made[-1]

    def losses(self, *losses: float) -> tuple[float, ...]:
        self.outside.tell(Trial(QUERY, losses, 3.0))
        assert self.inside.told[-1][::2] == (QUERY, 3.0)
        return self.inside.told[-1].losses

    def loss(self, *losses: float) -> float:
        (one,) = self.losses(*losses)
        return one


BOTH = [(MnasnetReward, {"target": 10.0}), (Constraint, {"at_most": 10.0})]
both = pytest.mark.parametrize(("wrapper", "options"), BOTH)


@both
def test_questions_and_what_they_cost_pass_through(wrapper, options):
    wrapped = Wrapped(wrapper, **options)
    assert wrapped.outside.spent == 0
    assert wrapped.outside.ask() == QUERY
    assert wrapped.outside.spent == 2.5
    assert wrapped.outside.ask() == QUERY
    assert wrapped.outside.spent == 5.0


@both
def test_the_rest_of_the_problem_stays(wrapper, options):
    given = Wrapped(wrapper, **options).inside.problem
    assert given[:2] == TWO[:2]
    assert len(given.objectives) == 1
    assert given.objectives[0].maximize
    assert given.objectives[0].split == "valid"


@both
@pytest.mark.parametrize("losses", [(INF, 5.0), (-90.0, INF), (INF, INF), (INF, 50.0)])
def test_failures_stay_failures(wrapper, options, losses):
    assert Wrapped(wrapper, **options).losses(*losses) == (INF,)


@both
def test_needs_two_objectives(wrapper, options):
    with pytest.raises(BadValue, match="needs a second objective and the problem has valid_accuracy: name both"):
        Wrapped(wrapper, problem(), **options)


@both
def test_knows_its_metric_by_name(wrapper, options):
    with pytest.raises(UnknownName, match=r"'latencies'\. Did you mean 'latency'\?"):
        Wrapped(wrapper, metric="latencies", **options)
    with pytest.raises(BadValue, match="'valid_accuracy' is the objective to be optimised: give one of latency"):
        Wrapped(wrapper, metric="valid_accuracy", **options)


class TestMnasnetReward:
    def test_the_soft_reward_by_hand(self):
        wrapped = Wrapped(MnasnetReward, target=80.0)
        assert wrapped.inside.problem.objectives == (Metric("mnasnet_reward", "%", True, "valid"),)
        assert wrapped.loss(-75.0, 80.0) == -75.0
        assert wrapped.loss(-75.0, 160.0) == pytest.approx(-75 * 2**-0.07)
        assert wrapped.loss(-75.0, 40.0) == pytest.approx(-75 * 2**0.07)

    def test_twice_the_latency_for_five_percent_is_even(self):
        """What the paper chose -0.07 for (section 3.1)."""
        wrapped = Wrapped(MnasnetReward, target=100.0)
        assert wrapped.loss(-50.0, 60.0) == pytest.approx(wrapped.loss(-50.0 * 1.05, 120.0), rel=2e-3)

    def test_the_hard_reward_by_hand(self):
        wrapped = Wrapped(MnasnetReward, target=80.0, alpha=0.0, beta=-1.0)
        assert wrapped.loss(-75.0, 80.0) == wrapped.loss(-75.0, 10.0) == -75.0
        assert wrapped.loss(-75.0, 160.0) == pytest.approx(-37.5)
        assert wrapped.loss(-75.0, 80.0001) == pytest.approx(-75, rel=1e-5)

    def test_alpha_is_below_the_target_and_beta_above(self):
        wrapped = Wrapped(MnasnetReward, target=10.0, alpha=-1.0, beta=-2.0)
        assert wrapped.loss(-60.0, 5.0) == pytest.approx(-120)
        assert wrapped.loss(-60.0, 20.0) == pytest.approx(-15)

    def test_another_objective_stays(self):
        wrapped = Wrapped(MnasnetReward, THREE, target=10.0, metric="latency", beta=-1.0)
        assert [metric.name for metric in wrapped.inside.problem.objectives] == ["mnasnet_reward", "energy"]
        assert wrapped.losses(-60.0, 7.0, 20.0) == (-30.0, 7.0)
        assert wrapped.losses(-60.0, 7.0, INF) == (INF, 7.0)

    @pytest.mark.parametrize("losses", [(-60.0, 0.0), (-60.0, -1.0), (2.0, 10.0)])
    def test_refuses_values_that_no_power_is_for(self, losses):
        with pytest.raises(BadValue, match="has no MnasNet reward"):
            Wrapped(MnasnetReward, target=10.0).loss(*losses)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"target": 0}, "target = 0 .* above 0"),
            ({"target": INF}, "target = inf"),
            ({"target": 1, "alpha": "soft"}, "alpha = 'soft' .* finite"),
            ({"target": 1, "beta": math.nan}, "beta = nan"),
        ],
    )
    def test_refuses_bad_values(self, options, message):
        with pytest.raises(BadValue, match=message):
            Wrapped(MnasnetReward, **options)

    def test_refuses_objectives_of_the_wrong_direction(self):
        with pytest.raises(BadValue, match="valid_error is minimised"):
            Wrapped(MnasnetReward, TWO._replace(objectives=(ERROR, LATENCY)), target=1)
        twice = (ACCURACY, ACCURACY._replace(name="valid_accuracy_2"))
        with pytest.raises(BadValue, match="valid_accuracy_2 is maximised"):
            Wrapped(MnasnetReward, TWO._replace(objectives=twice), target=1)


class TestConstraint:
    def test_the_penalty_by_hand(self):
        wrapped = Wrapped(Constraint, at_most=40.0)
        assert wrapped.inside.problem.objectives == (ACCURACY,)
        assert wrapped.loss(-75.0, 40.0) == -75.0
        assert wrapped.loss(-75.0, 1.0) == -75.0
        assert wrapped.loss(-99.0, 50.0) == wrapped.loss(-10.0, 50.0) == 25.0
        assert wrapped.loss(-99.0, 120.0) == 200.0

    def test_a_metric_that_is_minimised_or_has_another_unit(self):
        assert Wrapped(Constraint, TWO._replace(objectives=(ERROR, LATENCY)), at_most=40).loss(7.0, 44.0) == 110.0
        wrapped = Wrapped(Constraint, TWO._replace(objectives=(LOSS, LATENCY)), at_most=40, worst=8)
        assert wrapped.loss(7.0, 44.0) == 18.0
        assert wrapped.loss(8.0, 40.0) == 8.0

    def test_at_least(self):
        wrapped = Wrapped(Constraint, TWO._replace(objectives=(LATENCY, ACCURACY)), at_least=80.0, worst=1000)
        assert wrapped.loss(12.0, -80.0) == 12.0
        assert wrapped.loss(12.0, -60.0) == 1025.0

    def test_a_limit_of_zero(self):
        wrapped = Wrapped(Constraint, at_most=0)
        assert wrapped.loss(-75.0, 0.0) == -75.0
        assert wrapped.loss(-75.0, 0.5) == 50.0

    @given(st.lists(st.tuples(st.floats(-100, 0), st.floats(0, 1e6)), max_size=30))
    def test_feasible_ones_first_then_the_least_violation(self, told):
        wrapped = Wrapped(Constraint, at_most=40.0)
        seen = [(acc, latency, wrapped.loss(acc, latency)) for acc, latency in told]
        for (acc, latency, one), (other_acc, other_latency, other) in itertools.permutations(seen, 2):
            if latency <= 40 and other_latency <= 40:
                assert (one < other) == (acc < other_acc)
            elif latency <= 40:
                assert one <= other
            elif other_latency > 40 and latency < other_latency:
                assert one <= other < INF

    @given(st.lists(st.tuples(st.floats(-100, 0), st.floats(0, 1e6)), min_size=1, max_size=10))
    def test_a_loss_depends_on_nothing_told_before(self, told):
        wrapped = Wrapped(Constraint, at_most=40.0)
        assert [wrapped.loss(*one) for one in told] == [Wrapped(Constraint, at_most=40.0).loss(*one) for one in told]

    def test_reject(self):
        wrapped = Wrapped(Constraint, at_most=40.0, mode="reject")
        assert wrapped.loss(-75.0, 40.0) == -75.0
        assert wrapped.loss(-75.0, 40.1) == INF
        other = Wrapped(Constraint, TWO._replace(objectives=(LOSS, LATENCY)), at_most=1, mode="reject")
        assert other.loss(9.0, 1.0) == 9.0

    def test_reject_keeps_other_objectives(self):
        wrapped = Wrapped(Constraint, THREE, metric="energy", at_most=5.0, mode="reject")
        assert wrapped.inside.problem.objectives == (ACCURACY, LATENCY)
        assert wrapped.losses(-75.0, 5.0, 30.0) == (-75.0, 30.0)
        assert wrapped.losses(-75.0, 6.0, 30.0) == (INF, INF)
        with pytest.raises(BadValue, match="here are valid_accuracy, latency: give mode = 'reject'"):
            Wrapped(Constraint, THREE, metric="energy", at_most=5.0)

    def test_a_worst_that_was_wrong(self):
        wrapped = Wrapped(Constraint, TWO._replace(objectives=(LOSS, LATENCY)), at_most=40, worst=2.5)
        with pytest.raises(BadValue, match=r"valid_loss = 3.0 is worse than worst = 2.5: give a 'worst'"):
            wrapped.loss(3.0, 1.0)
        with pytest.raises(BadValue, match=r"valid_accuracy = 4.0 is worse than worst = 5.0"):
            Wrapped(Constraint, at_most=40, worst=5).loss(-4.0, 1.0)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({}, "one limit, at_most or at_least, and neither was given"),
            ({"at_most": 1, "at_least": 1}, "and both was given"),
            ({"at_most": "1"}, "at_most = '1' .* finite"),
            ({"at_least": INF}, "at_least = inf"),
            ({"at_most": 1, "mode": "ignore"}, "mode = 'ignore' .* penalise, reject"),
            ({"at_most": 1, "worst": math.nan}, "worst = nan"),
        ],
    )
    def test_refuses_bad_values(self, options, message):
        with pytest.raises(BadValue, match=message):
            Wrapped(Constraint, **options)

    def test_asks_how_bad_it_can_get(self):
        with pytest.raises(BadValue, match="nobody knows how bad valid_loss can get: give worst"):
            Wrapped(Constraint, TWO._replace(objectives=(LOSS, LATENCY)), at_most=1)

    def test_a_search_climbs_to_where_the_constraint_is_met(self):
        """Only the cell of all zeros and what is near it meets it, which a random start is far from."""
        space = Grid((6,) * 12)
        given = problem(space)._replace(objectives=(ACCURACY, LATENCY))

        def found(mode: str) -> int:
            made = Constraint(lambda p: RegularizedEvolution(p, seed=0), given, seed=0, at_most=5, mode=mode)
            met = 0
            for _ in range(800):
                query = made.ask()
                assert query is not None
                latency = float(sum(query.arch))
                met += latency <= 5
                made.tell(Trial(query, (-50.0 - latency, latency), 1.0))
            return met

        assert found("penalise") >= 10
        assert found("reject") == 0


class TestInAnExperiment:
    @staticmethod
    def records(data: Path, spec: dict[str, object]) -> list[Record]:
        table = load("benchmark", "synthetic")()
        given = problem_of(table, ("valid_accuracy", "params"))
        algorithm = build_algorithm(spec, table, given, seed=0)
        ledger = Ledger(Budget(evaluations=200))
        return list(search(table, algorithm, ledger, objectives=given.objectives, seed=0, workers=3))

    def test_constraint_by_name(self, data):
        plain = self.records(data, {"name": "nsga2"})
        limit = sorted(record.losses[1] for record in plain[:40])[4]
        spec = {"name": "regularized_evolution", "constraint": {"metric": "params", "at_most": limit, "worst": 0}}
        met = [record.losses[1] <= limit for record in self.records(data, spec)]
        assert sum(met[:20]) <= 8
        assert sum(met[-100:]) > 30

    def test_mnasnet_reward_by_name(self, data):
        target = 1e5
        spec = {"name": "regularized_evolution", "mnasnet_reward": {"target": target, "alpha": 0, "beta": -1}}
        found = self.records(data, spec)
        mean = [sum(record.losses[1] for record in part) / len(part) for part in (found[:20], found[-100:])]
        assert mean[1] < mean[0]

    def test_around_nsga2(self):
        made = Constraint(lambda p: Nsga2(p, seed=0), THREE, seed=0, metric="energy", at_most=2, mode="reject")
        for _ in range(60):
            query = made.ask()
            assert query is not None
            made.tell(Trial(query, (float(-query.arch[0]), float(query.arch[1]), float(sum(query.arch))), 1.0))
        assert made.ask() is None
