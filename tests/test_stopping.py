"""Trainings that go on step by step, and the rules that stop them."""

import math
import statistics
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from ladders import epochs_up_to, own_schedules, run_in_order, sum_loss
from toy_problem import Grid, failing, problem, run, told

from harness.algorithms import learning_curve_stopping
from harness.algorithms._curves import chance_below
from harness.algorithms.learning_curve_stopping import LearningCurveStopping
from harness.algorithms.median_stopping import MedianStopping, median
from harness.budget import Budget, Ledger
from harness.core import Algorithm, Evaluation, Fidelity, Problem, Query
from harness.errors import BadValue

BOTH = [MedianStopping, LearningCurveStopping]
EPOCHS = tuple(range(1, 13))


def curve_loss(query: Query) -> float:
    """A power law that ends the lower, the lower the first option."""
    return query.arch[0] + 40 * query.fidelity.epochs**-0.7 + query.arch[1] / 1000


def lengths(queries: list[Query]) -> dict[tuple[int, ...], int]:
    """How many epochs each architecture was trained for."""
    return {query.arch: query.fidelity.epochs for query in queries}


@pytest.mark.parametrize("kind", BOTH)
def test_trains_epoch_by_epoch_and_pays_every_epoch_once(kind: type[Algorithm]) -> None:
    queries = run(kind(epochs_up_to(12), seed=0), 300, curve_loss)
    ledger, following = Ledger(Budget(epochs=1e9)), Counter()
    for query in queries:
        following[query.arch] += 1
        assert query.fidelity == Fidelity(following[query.arch], 12)
        ledger.charge(query, Evaluation({}, float(query.fidelity.epochs)))
    assert ledger.epochs == ledger.evaluation_seconds == len(queries) == sum(lengths(queries).values())
    assert 1 <= min(following.values()) < max(following.values()) == 12, "some are stopped, some are not"


@pytest.mark.parametrize("kind", BOTH)
def test_stops_the_worse_and_not_the_best(kind: type[Algorithm]) -> None:
    trained = lengths(run(kind(epochs_up_to(12), seed=0), 600, curve_loss))
    stopped = [arch[0] for arch, epochs in trained.items() if epochs < 12]
    complete = [arch[0] for arch, epochs in trained.items() if epochs == 12]
    assert len(stopped) > 20
    assert statistics.mean(stopped) > statistics.mean(complete) + 10
    assert min(complete) == min(arch[0] for arch in trained)


@pytest.mark.parametrize("kind", BOTH)
def test_failed_trainings_end_and_teach_nothing(kind: type[Algorithm]) -> None:
    queries = run(kind(epochs_up_to(12), seed=0), 100, failing)
    assert {query.fidelity.epochs for query in queries} == {1}
    assert len({query.arch for query in queries}) == 100

    def late(query: Query) -> float:
        return math.inf if query.fidelity.epochs == 5 and query.arch[0] % 2 else curve_loss(query)

    trained = lengths(run(kind(epochs_up_to(12), seed=0), 400, late))
    assert all(epochs <= 5 for arch, epochs in trained.items() if arch[0] % 2)
    assert max(trained.values()) == 12


@pytest.mark.parametrize("kind", BOTH)
def test_steps_are_the_multiples_there_are_and_the_last(kind: type[Algorithm]) -> None:
    def asked(step: int, given: Problem) -> list[int]:
        options = {"min_points": 3} if kind is LearningCurveStopping else {}
        first = run(kind(given, seed=0, step=step, **options), 9, sum_loss)
        return [query.fidelity.epochs for query in first if query.arch == first[0].arch]

    assert asked(5, epochs_up_to(16)) == [5, 10, 15, 16]
    assert asked(4, epochs_up_to(16)) == [4, 8, 12, 16]
    sparse = problem(Grid((50, 50)), [Fidelity(3, 4), *(Fidelity(epoch, 20) for epoch in (2, 3, 6, 9, 20))])
    assert asked(3, sparse) == [3, 6, 9, 20]
    with pytest.raises(BadValue, match=r"step = 7 hits none .* divisor of one of 2, 3, 6, 9$"):
        asked(7, sparse)
    with pytest.raises(BadValue, match=r"step = 20 .* from 1 to 19"):
        asked(20, sparse)


@pytest.mark.parametrize("kind", BOTH)
def test_needs_stops_of_the_full_schedule(kind: type[Algorithm]) -> None:
    with pytest.raises(BadValue, match="stop before epoch 12 of the 12-epoch schedule"):
        kind(problem(fidelities=[Fidelity(3, 3), Fidelity(12, 12)]), seed=0)


def test_workers_go_on_with_what_ended_first() -> None:
    algorithm = MedianStopping(epochs_up_to(12), seed=0, min_trials=100)
    running = [algorithm.ask() for _ in range(3)]
    assert len({query.arch for query in running}) == 3
    for query in (running[2], running[0]):
        algorithm.tell(told(query, 1.0))
    assert algorithm.ask() == Query(running[2].arch, Fidelity(2, 12))
    assert algorithm.ask() == Query(running[0].arch, Fidelity(2, 12))
    assert algorithm.ask().fidelity.epochs == 1


def test_a_space_is_begun_anew_only_when_nothing_runs() -> None:
    algorithm = MedianStopping(problem(Grid((2,))), seed=0)
    first, second = algorithm.ask(), algorithm.ask()
    assert algorithm.ask() is None
    algorithm.tell(told(first, math.inf))
    assert algorithm.ask() is None
    algorithm.tell(told(second, math.inf))
    assert algorithm.ask().fidelity.epochs == 1


def by_the_rule(curves: dict[tuple[int, ...], list[float]], order: list, grace: int, least: int) -> dict:
    """How long each is trained, computed from whole curves, one after the other."""
    ended, trained = [], {}
    for arch in order:
        curve = curves[arch]
        for s in range(1, len(curve) + 1):
            averages = [statistics.mean(other[:s]) for other in ended if len(other) >= s]
            lags = s >= grace and len(averages) >= least and min(curve[:s]) > statistics.median(averages)
            if s == len(curve) or lags:
                break
        ended.append(curve[:s])
        trained[arch] = s
    return trained


@pytest.mark.parametrize(("grace", "least"), [(1, 3), (4, 1), (0, 10), (12, 1)])
def test_median_stopping_follows_its_rule(grace: int, least: int) -> None:
    noise = np.random.default_rng(0).normal(size=(50, 50, 13))

    def noisy(query: Query) -> float:
        return curve_loss(query) + 5 * float(noise[(*query.arch, query.fidelity.epochs)])

    algorithm = MedianStopping(epochs_up_to(12), seed=5, grace=grace, min_trials=least)
    trained = lengths(run(algorithm, 500, noisy))
    curves = {arch: [noisy(Query(arch, Fidelity(e, 12))) for e in EPOCHS] for arch in trained}
    expected = by_the_rule(curves, list(trained), grace, least)
    last = list(trained)[-1]
    del trained[last], expected[last]
    assert trained == expected
    assert (min(trained.values()) < 12) == (grace < 12)


def test_median_of_numbers_in_order() -> None:
    for numbers in ([3.0], [1.0, 4.0], [0.5, 2.0, 9.0], [1.0, 2.0, 4.0, 8.0]):
        assert median(numbers) == statistics.median(numbers)


def test_extrapolates_what_it_knows() -> None:
    for final, shape in [(10.0, lambda x: x**-0.7), (10.0, lambda x: math.exp(-x / 4)), (10.0, lambda x: 0.0)]:
        whole = [final + 30 * (shape(x) - shape(12)) for x in EPOCHS]
        assert chance_below(whole[:7], EPOCHS, final + 1) > 0.95
        assert chance_below(whole[:7], EPOCHS, final - 1) < 0.05


def by_least_squares(curve: list[float], bar: float) -> float:
    """The mixture, one shape after the other."""
    x, n = np.array(EPOCHS, float), len(curve)
    families = [
        [x**-b for b in np.geomspace(0.1, 3, 20)],
        [np.exp(-x / b) for b in np.geomspace(0.5, 24, 20)],
        [1 / np.log(x + 1)],
    ]
    weights, chances = [], []
    for family in families:
        for values in family:
            f = values / (values.max() - values.min())
            design = np.column_stack([np.ones(n), f[:n]])
            solution = np.linalg.lstsq(design, np.array(curve), rcond=None)[0]
            if solution[1] < 0:
                solution = np.array([np.mean(curve), 0.0])
            error = float(((curve - design @ solution) ** 2).sum())
            error += 1e-6 * float(np.var(curve)) * n + 1e-12 * (1 + np.mean(curve) ** 2)
            square = float(((f[:n] - f[:n].mean()) ** 2).sum())
            inflation = 1 + 1 / n + (f[-1] - f[:n].mean()) ** 2 / square
            mean = solution @ [1, f[-1]] if solution[1] else solution[0]
            weights.append(error ** (-(n - 2) / 2) / math.sqrt(square) / len(family))
            chances.append(statistics.NormalDist(mean, math.sqrt(error / (n - 2) * inflation)).cdf(bar))
    return float(np.average(chances, weights=weights))


@pytest.mark.parametrize("bar", [24.0, 26.0, 28.0, 30.0])
@pytest.mark.parametrize("curve", [[50.0, 40.0, 36.0, 33.0], [50.0, 41.0, 35.0, 34.0, 31.5, 32.0], [30.0, 32.0, 31.0]])
def test_mixes_least_squares_fits(curve: list[float], bar: float) -> None:
    assert chance_below(curve, EPOCHS, bar) == pytest.approx(by_least_squares(curve, bar), rel=1e-6, abs=1e-9)


def test_is_less_sure_the_fewer_points_and_the_more_noise() -> None:
    noise = np.random.default_rng(1).normal(size=12)
    curves = [[10 + 30 * x**-0.7 + scale * e for x, e in zip(EPOCHS, noise, strict=True)] for scale in (0.3, 3.0)]
    assert chance_below(curves[0][:10], EPOCHS, 11) < chance_below(curves[1][:10], EPOCHS, 11)
    assert chance_below(curves[0][:10], EPOCHS, 13) < chance_below(curves[0][:4], EPOCHS, 13)


def test_a_chance_rises_with_the_bar_from_nothing_to_certainty() -> None:
    curve = [50.0, 40.0, 36.0, 33.0, 32.0]
    chances = [chance_below(curve, EPOCHS, bar) for bar in np.linspace(-1000, 100, 200)]
    assert all(before <= after for before, after in pairwise(chances))
    assert chances[0] < 1e-2
    assert chances[-1] == pytest.approx(1)


def test_a_rising_loss_is_not_promised_to_fall() -> None:
    assert chance_below([10.0, 11.0, 12.0, 13.0, 14.0, 15.0], EPOCHS, 9.0) < 0.2
    assert chance_below([5.0] * 5, EPOCHS, 4.9) == pytest.approx(0, abs=1e-6)


def test_probabilities_are_those_that_noise_gives() -> None:
    """Of power laws with noise, those given a chance p end below the bar about p of the time."""
    rng = np.random.default_rng(3)
    chances, below = [], []
    for _ in range(1500):
        x = np.array(EPOCHS)
        losses = rng.uniform(0, 20) + rng.uniform(10, 40) * x ** -rng.uniform(0.3, 1.5) + rng.normal(0, 1, 12)
        bar = losses[-1] + rng.normal(0, 2)
        chances.append(chance_below(losses[:7].tolist(), EPOCHS, bar))
        below.append(losses[-1] < bar)
    chances, below = np.array(chances), np.array(below)
    assert below[chances < 0.05].mean() < 0.2
    assert below[chances > 0.95].mean() > 0.8
    assert (chances[below].mean() - chances[~below].mean()) > 0.3


def test_learning_curves_are_looked_at_when_it_is_time() -> None:
    def stops(**hyper: int) -> set[int]:
        trained = lengths(run(LearningCurveStopping(epochs_up_to(12), seed=0, **hyper), 600, curve_loss))
        return set(list(trained.values())[:-1])

    assert min(stops()) == 4
    assert stops(min_points=6, interval=2) <= {6, 8, 10, 12}
    assert min(stops(min_points=6, interval=2)) == 6
    assert stops(threshold=0) == {12}
    first = next(iter(lengths(run(LearningCurveStopping(epochs_up_to(12), seed=0), 50, curve_loss)).values()))
    assert first == 12, "there is nothing to beat yet"


def test_learning_curves_are_checked_at_intervals_against_the_best_end(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[tuple[int, float]] = []

    def hopeless_late(curve: list[float], epochs: tuple[int, ...], bar: float) -> float:
        looked.append((len(curve), bar))
        return 0.0 if len(curve) > 8 else 1.0

    monkeypatch.setattr(learning_curve_stopping, "chance_below", hopeless_late)
    algorithm = LearningCurveStopping(epochs_up_to(12), seed=0, min_points=3, interval=2)

    def falls_then_rises(query: Query) -> float:
        return 1.0 if query.fidelity.epochs < 12 else 10.0

    trained = lengths(run(algorithm, 12 + 9 * 3, falls_then_rises))
    assert list(trained.values()) == [12, 9, 9, 9]
    assert looked == [(3, 10.0), (5, 10.0), (7, 10.0), (9, 10.0)] * 3


def test_learning_curves_are_compared_with_the_best_end() -> None:
    queries = run(LearningCurveStopping(epochs_up_to(12), seed=0, threshold=1.0), 200, curve_loss)
    trained = lengths(queries)
    assert next(iter(trained.values())) == 12
    assert set(list(trained.values())[1:-1]) <= {4, 12}
    best = math.inf
    for arch, epochs in list(trained.items())[:-1]:
        if epochs == 12:
            assert arch[0] <= best + 1
            best = min(best, arch[0])


@pytest.mark.parametrize(
    ("kind", "hyper", "message"),
    [
        (MedianStopping, {"grace": 13}, "grace = 13 .* from 0 to 12"),
        (MedianStopping, {"min_trials": 0}, "min_trials = 0 .* at least 1"),
        (MedianStopping, {"step": 0}, "step = 0 .* from 1 to 11"),
        (LearningCurveStopping, {"min_points": 2}, "min_points = 2 .* at least 3"),
        (LearningCurveStopping, {"min_points": 12}, "min_points = 12 .* has 12 steps"),
        (LearningCurveStopping, {"interval": 0}, "interval = 0 .* at least 1"),
        (LearningCurveStopping, {"threshold": 2}, "threshold = 2 .* from 0 to 1"),
    ],
)
def test_refuses_bad_values(kind: type[Algorithm], hyper: dict[str, object], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        kind(problem(), seed=0, **hyper)


def test_two_stops_are_enough_for_the_median_and_not_for_a_curve() -> None:
    queries = run(MedianStopping(own_schedules(), seed=0), 60, sum_loss)
    assert {query.fidelity for query in queries} == {Fidelity(54, 108), Fidelity(108, 108)}
    with pytest.raises(BadValue, match="has 2 steps"):
        LearningCurveStopping(own_schedules(), seed=0)


def test_any_number_of_workers_trains_every_curve_in_order() -> None:
    for kind in BOTH:
        seen: Counter[tuple[int, ...]] = Counter()
        for query in run_in_order(kind(epochs_up_to(12), seed=0), 400, 7, curve_loss):
            seen[query.arch] += 1
            assert query.fidelity.epochs == seen[query.arch]
