"""The density that BOHB draws from, what it calls good and bad, and its brackets."""

import itertools
import math

import numpy as np
import pytest
from ladders import WIDE, epochs_up_to, run_in_order, sum_loss
from toy_problem import EPOCHS, Grid, problem, run, told

from harness.algorithms._kde import ChoiceDensity
from harness.algorithms._parzen import Parzen
from harness.algorithms.bohb import Bohb
from harness.core import Query
from harness.errors import BadValue

CHOICES = (4, 3, 1, 2)
EVERY = np.array(list(itertools.product(*map(range, CHOICES))))
POINTS = EVERY[[0, 5, 7, 7, 13, 22]]


def by_definition(density: ChoiceDensity, arch: np.ndarray) -> float:
    """The mean over the points of the product of kernels."""
    total = 0.0
    for point in density.points:
        kernels = [
            1.0 if n == 1 else 1 - width if option == own else width / (n - 1)
            for option, own, width, n in zip(arch, point, density.bandwidths, CHOICES, strict=True)
        ]
        total += math.prod(kernels)
    return total / len(density.points)


def test_density_is_the_mean_of_kernels_and_sums_to_one() -> None:
    density = ChoiceDensity(POINTS, CHOICES, 1e-3)
    values = np.exp(density.log_density(EVERY))
    assert values.tolist() == pytest.approx([by_definition(density, arch) for arch in EVERY], rel=1e-12)
    assert values.sum() == pytest.approx(1)


def test_bandwidths_follow_the_normal_reference_within_bounds() -> None:
    density = ChoiceDensity(POINTS, CHOICES, 1e-3)
    reference = 1.059 * POINTS.std(axis=0) * 6 ** (-1 / 8)
    assert density.bandwidths.tolist() == pytest.approx([3 / 4, 2 / 3, 0, reference[3]])
    assert (reference[:2] > [3 / 4, 2 / 3]).all(), "no wider than all options alike"
    alike = ChoiceDensity(POINTS[:1], CHOICES, 0.125)
    assert alike.bandwidths.tolist() == [0.125, 0.125, 0, 0.125]


def test_draws_follow_the_density_and_widen() -> None:
    density = ChoiceDensity(POINTS, CHOICES, 1e-3)
    drawn = density.draw(40_000, 1.0, np.random.default_rng(0))
    shares = np.array([(drawn == arch).all(axis=1).mean() for arch in EVERY])
    assert shares == pytest.approx(np.exp(density.log_density(EVERY)), abs=0.006)
    uniform = density.draw(40_000, 1e9, np.random.default_rng(0))
    assert [(uniform == arch).all(axis=1).mean() for arch in EVERY] == pytest.approx([1 / 24] * 24, abs=0.006)


def test_density_of_many_decisions_does_not_overflow() -> None:
    many = ChoiceDensity(np.zeros((3, 400), int), (1000,) * 400, 1e-3)
    far_and_near = many.log_density(np.array([[1] * 400, [0] * 400]))
    assert far_and_near.tolist() == pytest.approx([400 * math.log(1e-3 / 999), 400 * math.log(0.999)])


def parzen(results: int, least: int = 3) -> Parzen:
    """Of these the later are better, and the last eight agree in the second option."""
    model = Parzen(problem(Grid((60, 5))), least, 15, 1e-3)
    for i in range(results):
        model.add(Query((i, 3 if i >= results - 8 else i % 5), EPOCHS[0]), float(results - i))
    return model


@pytest.mark.parametrize(("results", "good", "bad"), [(5, 3, 3), (20, 3, 17), (40, 6, 34)])
def test_good_and_bad(results: int, good: int, bad: int) -> None:
    model = parzen(results)
    next(model.propose(1, 1.0, np.random.default_rng(0)))
    assert model._fit.good.points[:, 0].tolist() == [results - 1 - i for i in range(good)]
    assert model._fit.bad.points[:, 0].tolist() == [bad - 1 - i for i in range(bad)]


def test_the_model_is_of_the_highest_fidelity_with_enough_results() -> None:
    assert not parzen(4).ready
    model = parzen(30)
    assert model.ready
    rng = np.random.default_rng(0)
    for i in range(5):
        next(model.propose(1, 1.0, rng))
        assert len(model._fit.bad.points) == 26, "30 results at the lowest fidelity"
        model.add(Query((i, 0), EPOCHS[11]), float(i))
    next(model.propose(1, 1.0, rng))
    assert len(model._fit.bad.points) == 3, "5 at the highest"
    model.add(Query((9, 4), EPOCHS[0]), 0.0)
    assert len(model._fit.bad.points) == 3


def test_proposals_come_by_the_ratio_of_densities() -> None:
    model = parzen(40)
    proposals = np.array(list(model.propose(50, 1e9, np.random.default_rng(2))))
    good, bad = model._fit
    ratios = good.log_density(proposals) - bad.log_density(proposals)
    assert (np.diff(ratios) <= 0).all()
    assert ratios[0] > 0 > ratios[-1]


def test_plays_the_brackets_of_hyperband() -> None:
    queries = run(Bohb(epochs_up_to(12), seed=0), 44, sum_loss)
    assert [query.fidelity.epochs for query in queries] == ([1] * 9 + [4] * 3 + [12] + [4] * 5 + [12] + [12] * 3) * 2
    bracket = [query.arch for query in queries[:9]]
    assert len(set(bracket)) == 9
    assert [query.arch for query in queries[9:12]] == sorted(bracket, key=lambda arch: arch)[:3]


def test_the_model_finds_good_ones_sooner_than_chance() -> None:
    def best_half_share(**hyper: object) -> float:
        queries = run(Bohb(problem(Grid((4,) * 8)), seed=1, **hyper), 600, lambda query: float(sum(query.arch)))
        late = [sum(query.arch) for query in queries[300:] if query.fidelity.epochs == 1]
        return sum(total < 12 for total in late) / len(late)

    assert best_half_share(random_fraction=1) < 0.6
    assert best_half_share(random_fraction=0) > 0.85
    assert 0.6 < best_half_share() < 0.95


def test_workers_never_wait_and_no_bracket_holds_one_twice() -> None:
    algorithm = Bohb(epochs_up_to(12), seed=0)
    queries = [algorithm.ask() for _ in range(17)]
    assert [query.fidelity.epochs for query in queries] == [1] * 9 + [4] * 5 + [12] * 3
    for query in reversed(queries):
        algorithm.tell(told(query, sum_loss(query)))
    assert [algorithm.ask().fidelity.epochs for _ in range(4)] == [4, 4, 4, 12]
    few = run(Bohb(problem(Grid((4, 3))), seed=0), 22 * 20, sum_loss)
    for i in range(0, len(few), 22):
        assert len({query.arch for query in few[i : i + 9]}) == 9
        assert len({query.arch for query in few[i + 13 : i + 18]}) == 5
    assert len(run_in_order(Bohb(problem(Grid((1,))), seed=0), 60, 8, sum_loss)) == 60


def test_the_same_question_of_two_brackets_is_told_to_both() -> None:
    algorithm = Bohb(problem(Grid((1, 1))), seed=0)
    queries = [algorithm.ask() for _ in range(3)]
    assert [query.fidelity.epochs for query in queries] == [1, 4, 12]
    for query in queries:
        algorithm.tell(told(query, 1.0))
    assert [algorithm.ask().fidelity.epochs for _ in range(2)] == [4, 12], "each bracket goes on"


@pytest.mark.parametrize(
    ("hyper", "message"),
    [
        ({"top_percent": 0}, "top_percent = 0 .* from 1 to 99"),
        ({"min_points": 0}, "min_points = 0 .* at least 1"),
        ({"num_samples": 0}, "num_samples = 0 .* at least 1"),
        ({"random_fraction": 1.5}, "random_fraction = 1.5 .* from 0 to 1"),
        ({"bandwidth_factor": 0}, "bandwidth_factor = 0 .* above 0"),
        ({"min_bandwidth": 0.0}, "min_bandwidth = 0.0 .* above 0"),
        ({"eta": 13}, "eta = 13 .* from 2 to 12"),
    ],
)
def test_refuses_bad_values(hyper: dict[str, object], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        Bohb(problem(), seed=0, **hyper)


def test_constraints_hold_for_what_the_model_draws() -> None:
    class Even(Grid):
        def admits(self, arch) -> bool:
            return sum(arch) % 2 == 0

    queries = run(Bohb(problem(Even((6, 6, 6))), seed=0, random_fraction=0), 300, sum_loss)
    assert len(queries) == 300
    assert all(sum(query.arch) % 2 == 0 for query in queries)
    assert WIDE.admits((0, 1)), "the others have none"
