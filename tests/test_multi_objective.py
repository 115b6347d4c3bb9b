"""Searches of several objectives: how they rank, what they ask, and how much of a front they find."""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_problem import ACCURACY, EPOCHS, Endless, Grid, loss, problem, run, told

from harness.algorithms._pareto import Losses, crowded, crowding_of, fronts_of, settled
from harness.algorithms.mo_regularized_evolution import MoRegularizedEvolution
from harness.algorithms.nsga2 import Nsga2
from harness.algorithms.parego import Parego, draw_weights, scalarised
from harness.algorithms.random_search import RandomSearch
from harness.algorithms.regularized_evolution import RegularizedEvolution
from harness.core import Algorithm, Arch, Metric, Problem, Query, Trial
from harness.errors import BadValue, UnknownName
from harness.spaces.nb201 import Nb201
from harness.statistics.hypervolume import hypervolume
from harness.statistics.pareto import non_dominated
from harness.statistics.reference import reference_point

FULL = EPOCHS[-1]
INF = math.inf
LATENCY = Metric("latency", "ms", False, "cost")
SEARCHES: list[tuple[type[Algorithm], dict[str, int]]] = [
    (Nsga2, {"population": 8}),
    (MoRegularizedEvolution, {"population": 8}),
    (Parego, {"initial": 8}),
]
every_search = pytest.mark.parametrize(("search", "hyper"), SEARCHES)


def two(space: Grid | Nb201 | None = None, objectives: int = 2) -> Problem:
    return problem(space)._replace(objectives=(ACCURACY, *[LATENCY] * (objectives - 1)))


def trial(arch: Arch, *losses: float) -> Trial:
    return Trial(Query(arch, FULL), losses, 1.0)


def play(algorithm: Algorithm, steps: int, answer: Callable[[Arch], Losses]) -> list[Arch]:
    archs: list[Arch] = []
    while len(archs) < steps and (query := algorithm.ask()) is not None:
        archs.append(query.arch)
        algorithm.tell(trial(query.arch, *answer(query.arch)))
    return archs


def distance(one: Arch, other: Arch) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def dominates(one: Losses, other: Losses) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def peeled(points: Sequence[Losses]) -> list[list[int]]:
    """Fronts by definition."""
    left, fronts = list(range(len(points))), []
    while left:
        front = [i for i in left if not any(dominates(points[j], points[i]) for j in left)]
        fronts.append(front)
        left = [i for i in left if i not in front]
    return fronts


few_values = st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.5, INF])
clouds = st.integers(1, 4).flatmap(lambda m: st.lists(st.tuples(*[few_values] * m), max_size=25))


class TestRanking:
    def test_fronts_by_hand(self) -> None:
        points = [(3.0, 3.0), (1.0, 4.0), (4.0, 1.0), (3.0, 4.0), (2.0, 2.0), (5.0, 5.0), (2.0, 2.0), (1.0, 5.0)]
        assert [sorted(front) for front in fronts_of(points)] == [[1, 2, 4, 6], [0, 7], [3], [5]]

    @given(clouds)
    def test_fronts_are_those_of_the_definition(self, points: list[Losses]) -> None:
        assert [sorted(front) for front in fronts_of(points)] == peeled(points)

    @given(clouds)
    def test_the_first_front_is_that_of_the_statistics(self, points: list[Losses]) -> None:
        first = fronts_of(points)[0] if points else []
        assert sorted(first) == (np.flatnonzero(non_dominated(points)).tolist() if points else [])

    @pytest.mark.parametrize("m", [2, 3])
    def test_fronts_are_those_of_moocore(self, m: int) -> None:
        moocore = pytest.importorskip("moocore")
        points = np.random.default_rng(m).integers(0, 30, (300, m)).astype(float)
        ranks = {i: rank for rank, front in enumerate(fronts_of([tuple(p) for p in points.tolist()])) for i in front}
        assert [ranks[i] for i in range(300)] == moocore.pareto_rank(points).tolist()

    def test_crowding_by_hand(self) -> None:
        front = [(0.0, 10.0), (1.0, 6.0), (2.0, 5.0), (10.0, 0.0)]
        assert crowding_of(front) == [INF, 2 / 10 + 5 / 10, 9 / 10 + 6 / 10, INF]
        assert crowding_of([front[2], front[0], front[3], front[1]]) == [1.5, INF, INF, 0.7]

    def test_crowding_where_there_is_no_range(self) -> None:
        assert crowding_of([(0.0, 1.0), (1.0, 1.0), (4.0, 1.0)]) == [INF, 1.0, INF]
        assert crowding_of([(INF, INF)] * 3) == [INF, 0.0, INF]
        assert crowding_of([(1.0, 2.0), (2.0, 1.0)]) == [INF, INF]
        assert crowding_of([]) == []

    @pytest.mark.parametrize("m", [2, 3, 4])
    def test_crowding_is_that_of_pymoo(self, m: int) -> None:
        metrics = pytest.importorskip("pymoo.operators.survival.rank_and_crowding.metrics")
        points = np.random.default_rng(m).random((40, m))
        ours = crowding_of([tuple(p) for p in points.tolist()])
        assert ours == pytest.approx((metrics.calc_crowding_distance(points) * m).tolist())

    @given(clouds)
    def test_a_lower_front_comes_before_a_less_crowded_point(self, points: list[Losses]) -> None:
        keys = crowded(points)
        assert [rank for rank, _ in keys] == [
            next(rank for rank, front in enumerate(peeled(points)) if i in front) for i in range(len(points))
        ]
        for front in fronts_of(points):
            distances = crowding_of([points[i] for i in front])
            assert [keys[i][1] for i in front] == [-distance for distance in distances]

    def test_what_failed_once_failed_in_all(self) -> None:
        assert settled((1.0, INF)) == (INF, INF)
        assert settled((1.0, 2.0)) == (1.0, 2.0)


class TestNsga2:
    WIDE = Grid((9,) * 20)

    def parents(self, algorithm: Nsga2, cells: Sequence[Arch], n: int) -> list[int]:
        """Whose child each of the next is; without crossover a child is far nearer to its parent than to others."""
        children = [algorithm.ask() for _ in range(n)]
        return [min(range(len(cells)), key=lambda i: distance(cells[i], child.arch)) for child in children if child]

    def far(self, n: int) -> list[Arch]:
        return [tuple(row) for row in np.random.default_rng(1).integers(0, 9, (n, 20)).tolist()]

    def test_tournaments_are_won_as_often_as_theory_says(self) -> None:
        p, n = 8, 6000
        algorithm = Nsga2(two(self.WIDE), seed=0, population=p, crossover=0)
        cells = self.far(p)
        for value, cell in enumerate(cells):
            algorithm.tell(trial(cell, value, value))
        wins = Counter(self.parents(algorithm, cells, n))
        for rank in range(p):
            chance = ((p - rank) ** 2 - (p - rank - 1) ** 2) / p**2
            assert abs(wins[rank] - n * chance) < 5 * math.sqrt(n * chance)

    def test_of_one_front_the_less_crowded_win(self) -> None:
        front = [(0.0, 10.0), (1.0, 6.0), (2.0, 5.0), (10.0, 0.0)]
        algorithm = Nsga2(two(self.WIDE), seed=0, population=4, crossover=0)
        cells = self.far(4)
        for cell, losses in zip(cells, front, strict=True):
            algorithm.tell(trial(cell, *losses))
        wins = Counter(self.parents(algorithm, cells, 4000))
        assert abs(wins[1] - 250) < 80, "the most crowded wins only against itself"
        assert abs(wins[2] - 750) < 130, "against itself and the most crowded"
        assert abs(wins[0] - wins[3]) < 250

    def test_the_best_of_parents_and_children_are_the_next_parents(self) -> None:
        algorithm = Nsga2(two(self.WIDE), seed=0, population=4, crossover=0)
        cells = self.far(8)
        first = [(0.0, 9.0), (9.0, 0.0), (9.5, 9.5), (9.6, 9.6)]
        second = [(4.0, 5.0), (5.0, 4.0), (4.5, 4.6), (INF, 1.0)]  # the third is the most crowded of the first front
        for cell, losses in zip(cells, first + second, strict=True):
            algorithm.tell(trial(cell, *losses))
        assert set(self.parents(algorithm, cells, 300)) == {0, 1, 4, 5}

    def test_a_generation_closes_when_enough_have_been_told_whoever_asked(self) -> None:
        algorithm = Nsga2(two(self.WIDE), seed=0, population=4, crossover=0)
        cells = self.far(8)
        early = [algorithm.ask() for _ in range(30)]
        assert None not in early
        assert len(set(early)) == 30
        for cell in cells[:4]:
            algorithm.tell(trial(cell, 5, 5))
        for i, cell in enumerate(cells[4:7]):
            algorithm.tell(trial(cell, i, 2 - i))
            assert set(self.parents(algorithm, cells, 40)) <= {0, 1, 2, 3}
        algorithm.tell(trial(cells[7], 1.5, 1.5))
        assert set(self.parents(algorithm, cells, 200)) == {4, 5, 6, 7}

    def test_failures_are_the_first_to_go(self) -> None:
        algorithm = Nsga2(two(self.WIDE), seed=0, population=3, crossover=0)
        cells = self.far(6)
        for cell, losses in zip(cells, [(0, INF), (INF, 0), (8, 8), (INF, INF), (9, 9), (9, 9)], strict=True):
            algorithm.tell(trial(cell, *losses))
        assert set(self.parents(algorithm, cells, 200)) == {2, 4, 5}

    def test_mutation_takes_any_other_option_of_any_decision(self) -> None:
        algorithm = Nsga2(two(Grid((4,) * 12)), seed=0, population=2, crossover=0)
        parent = (1,) * 12
        for _ in range(2):
            algorithm.tell(trial(parent, 0, 0))
        children = [query.arch for _ in range(400) if (query := algorithm.ask())]
        changed = Counter((i, option) for child in children for i, option in enumerate(child) if option != 1)
        assert set(changed) == set(itertools.product(range(12), (0, 2, 3)))
        mean = sum(changed.values()) / 400
        assert 1 < mean < 3, "one in the mean, and more where a child was mutated again"

    @pytest.mark.parametrize("crossover", [0, 1])
    def test_crossover_joins_the_ends_of_two_parents(self, crossover: float) -> None:
        space = Grid((9,) * 40)
        algorithm = Nsga2(two(space), seed=0, population=2, crossover=crossover)
        algorithm.tell(trial((0,) * 40, 0, 1))
        algorithm.tell(trial((8,) * 40, 1, 0))
        children = [query.arch for _ in range(300) if (query := algorithm.ask())]
        mixed = [child for child in children if min(child.count(0), child.count(8)) > 3]
        if not crossover:
            assert mixed == []
            return
        assert 100 < len(mixed) < 200, "half of the pairs are of two different parents"
        switches = [sum(a != b for a, b in itertools.pairwise([o for o in child if o in (0, 8)])) for child in mixed]
        assert np.mean(switches) < 2, "one, but for mutations from one parent's option to the other's"
        assert {child[0] for child in mixed if child[0] in (0, 8)} == {0, 8}
        assert len({child.count(0) for child in mixed}) > 20

    def test_asks_everything_once_and_then_nothing(self) -> None:
        algorithm = Nsga2(two(), seed=0, population=5)
        archs = play(algorithm, 1000, lambda arch: (float(sum(arch)), -float(arch[0])))
        assert len(archs) == len(set(archs)) == 60
        assert [algorithm.ask() for _ in range(3)] == [None] * 3

    @pytest.mark.parametrize(
        ("hyper", "message"),
        [
            ({"population": 1}, "population = 1 .* at least 2"),
            ({"population": 2.0}, "population = 2.0"),
            ({"crossover": 1.1}, "crossover = 1.1 .* from 0 to 1"),
            ({"crossover": True}, "crossover = True"),
            ({"epochs": 13}, "no fidelity has epochs = 13"),
        ],
    )
    def test_refuses_bad_values(self, hyper: dict[str, object], message: str) -> None:
        with pytest.raises(BadValue, match=message):
            Nsga2(two(), seed=0, **hyper)


class TestMoRegularizedEvolution:
    CELLS = ((0,) * 6, (0, 0, 0, 1, 1, 1), (1, 1, 1, 0, 0, 0), (2, 2, 2, 2, 2, 2), (3, 3, 3, 3, 3, 3))

    def parents(self, losses: Sequence[Losses], population: int, n: int = 300) -> set[int]:
        algorithm = MoRegularizedEvolution(two(Nb201()), seed=0, population=population, sample=population)
        for cell, one in zip(self.CELLS, losses, strict=False):
            algorithm.tell(trial(cell, *one))
        children = [algorithm.ask().arch for _ in range(n)]
        found = [[i for i, cell in enumerate(self.CELLS) if distance(cell, child) == 1] for child in children]
        assert all(len(near) == 1 for near in found)
        return {near[0] for near in found}

    def test_with_one_objective_it_is_regularized_evolution(self) -> None:
        def distinct(query: Query) -> float:
            return float(sum(5**i * (7 * option % 5) for i, option in enumerate(query.arch)))

        hyper = {"population": 12, "sample": 4}
        ours = run(MoRegularizedEvolution(problem(Nb201()), seed=3, **hyper), 300, distinct)
        assert ours == run(RegularizedEvolution(problem(Nb201()), seed=3, **hyper), 300, distinct)

    def test_the_least_crowded_of_the_first_front_has_the_child(self) -> None:
        winners = self.parents([(0, 10), (1, 6), (2, 5), (10, 0), (11, 11)], 5, 4000)
        assert {0, 3} <= winners
        assert self.parents([(0, 0), (1, 6), (6, 1), (9, 9), (INF, INF)], 5) >= {0}
        assert 4 not in self.parents([(0, 0), (1, 6), (6, 1), (9, 9), (INF, 0)], 5, 1000)

    def test_the_oldest_dies_even_when_nothing_dominates_it(self) -> None:
        assert 0 in self.parents([(0, 0), (5, 5), (6, 6)], 3)
        assert 0 not in self.parents([(0, 0), (5, 5), (6, 6), (7, 7)], 3)

    def test_a_front_of_three_objectives(self) -> None:
        algorithm = MoRegularizedEvolution(two(Nb201(), 3), seed=0, population=6, sample=3)
        assert len(play(algorithm, 60, lambda a: (float(a[0]), float(a[1]), float(-a[0] - a[1])))) == 60


class TestParego:
    def test_the_scalar_loss_by_hand(self) -> None:
        losses = np.array([[0.0, 30.0], [5.0, 20.0], [10.0, 10.0]])
        found = scalarised(losses, np.array([0.8, 0.2]), 0.05)
        assert found == pytest.approx([0.2 + 0.05 * 0.2, 0.4 + 0.05 * (0.4 + 0.1), 0.8 + 0.05 * 0.8])
        constant = scalarised(np.array([[1.0, 7.0], [2.0, 7.0]]), np.array([0.5, 0.5]), 0)
        assert constant.tolist() == [0.0, 0.5]

    @pytest.mark.parametrize(("k", "s", "vectors"), [(1, 4, 1), (2, 10, 11), (3, 4, 15), (4, 4, 35)])
    def test_weights_are_drawn_from_all_of_the_lattice(self, k: int, s: int, vectors: int) -> None:
        rng = np.random.default_rng(0)
        drawn = Counter(tuple((draw_weights(k, rng) * s).round(9).tolist()) for _ in range(200 * vectors))
        assert len(drawn) == vectors
        assert all(sum(weights) == s and min(weights) >= 0 for weights in drawn)
        assert all(abs(count - 200) < 5 * math.sqrt(200) for count in drawn.values())

    def test_random_until_11_d_minus_1_have_been_told(self) -> None:
        class FittedError(Exception):
            pass

        def stop(*_: object) -> None:
            raise FittedError

        algorithm = Parego(two(), seed=0)
        algorithm._process.fit = stop  # type: ignore[method-assign]
        assert len(play(algorithm, 32, lambda arch: (float(sum(arch)), -float(arch[0])))) == 32
        with pytest.raises(FittedError):
            algorithm.ask()

    def test_failures_teach_nothing_and_count_for_nothing(self) -> None:
        algorithm = Parego(two(Nb201()), seed=0, initial=5)
        assert len(set(play(algorithm, 40, lambda arch: (INF, 1.0)))) == 40
        assert len(play(algorithm, 20, lambda arch: (float(sum(arch)), INF if arch[0] else 1.0))) == 20

    def test_learns_from_a_hundred_of_many(self) -> None:
        sizes: list[int] = []
        algorithm = Parego(two(Nb201()), seed=0, initial=130, candidates=5)
        fit = algorithm._process.fit
        algorithm._process.fit = lambda archs, losses: (sizes.append(len(set(archs))), fit(archs, losses))[1]  # type: ignore[method-assign]
        play(algorithm, 132, lambda arch: (float(sum(arch)), -float(arch[0])))
        assert sizes == [100, 100]

    def test_finds_a_front_sooner_than_random_search(self) -> None:
        space = Grid((6,) * 6)

        def answer(arch: Arch) -> Losses:
            return float(sum(o * o for o in arch)), float(sum((5 - o) ** 2 for o in arch))

        def area(archs: list[Arch]) -> float:
            return hypervolume([answer(arch) for arch in archs], (151, 151))

        ours = [area(play(Parego(two(space), seed=s, initial=20), 70, answer)) for s in range(3)]
        drawn = [area(play(RandomSearch(two(space), seed=s), 70, answer)) for s in range(3)]
        assert min(ours) > max(drawn)

    @pytest.mark.parametrize(
        ("hyper", "message"),
        [
            ({"initial": 1}, "initial = 1 .* at least 2"),
            ({"candidates": 0}, "candidates = 0"),
            ({"parents": 0}, "parents = 0"),
            ({"rho": -0.1}, "rho = -0.1 .* at least 0"),
        ],
    )
    def test_refuses_bad_values(self, hyper: dict[str, object], message: str) -> None:
        with pytest.raises(BadValue, match=message):
            Parego(two(), seed=0, **hyper)

    def test_refuses_an_unknown_encoding(self) -> None:
        with pytest.raises(UnknownName, match=r"onehot.*one_hot"):
            Parego(two(), seed=0, encoding="onehot")


@every_search
@pytest.mark.parametrize("objectives", [1, 2, 3])
def test_same_seed_same_questions(search: type[Algorithm], hyper: dict[str, int], objectives: int) -> None:
    def answer(arch: Arch) -> Losses:
        one = loss(Query(arch, FULL))
        return (INF if sum(arch) % 7 == 0 else one, -one % 13, float(arch[0]))[:objectives]

    def asked(seed: int) -> list[Arch]:
        return play(search(two(Nb201(), objectives), seed=seed, **hyper), 25, answer)

    assert asked(1) == asked(1)
    assert asked(1) != asked(2)


@every_search
def test_workers_never_wait(search: type[Algorithm], hyper: dict[str, int]) -> None:
    algorithm = search(two(Endless()), seed=0, **hyper)
    assert all(algorithm.ask() is not None for _ in range(100))
    for query in [algorithm.ask() for _ in range(12)]:
        assert query is not None
        algorithm.tell(told(query, 1.0)._replace(losses=(float(sum(query.arch)), 2.0)))
    assert all(algorithm.ask() is not None for _ in range(20))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("search", "steps"), [(Nsga2, 200), (MoRegularizedEvolution, 200), (Parego, 60)])
def test_spreads_where_everything_is_optimal(search: type[Algorithm], steps: int, seed: int) -> None:
    """Two objectives that contradict each other, from 0 to 24; 200 random architectures are at most 16 apart."""
    hyper = dict(SEARCHES)[search]
    archs = play(search(two(Grid((3,) * 12)), seed=seed, **hyper), steps, lambda a: (float(sum(a)), -float(sum(a))))
    assert max(map(sum, archs)) - min(map(sum, archs)) >= 17


@pytest.mark.real_data
@pytest.mark.parametrize("device", ["raspi4", "edgegpu"])
def test_nsga2_covers_the_front_of_error_and_latency(real_data: Path, device: str) -> None:
    """At 500 evaluations, in the median of 100 seeds on the test error itself, and of 30 by a validation error."""
    import pandas as pd

    names = ["test200_mean_cifar10", "val200_cifar10_s0"]
    accuracy = pd.read_parquet(real_data / "nb201_accuracy.parquet", columns=names)
    latency = pd.read_parquet(real_data / "nb201_hardware.parquet", columns=[f"{device}_latency_cifar10"])
    test, valid = (100 - accuracy.to_numpy()).T
    seconds, space = latency.to_numpy()[:, 0], Nb201()
    table = np.column_stack([test, seconds])
    reference = reference_point(table)
    exact = hypervolume(table, reference)

    def covered(search: type[Algorithm], seen: np.ndarray, seed: int) -> float:
        pairs = list(zip(np.nan_to_num(seen, nan=INF).tolist(), seconds.tolist(), strict=True))
        archs = play(search(two(space), seed=seed), 500, lambda arch: pairs[space.index(arch)])
        rows = np.array([space.index(arch) for arch in archs])
        found = rows[non_dominated([pairs[row] for row in rows])]
        return hypervolume(table[found], reference) / exact

    direct = np.median([covered(Nsga2, test, seed) for seed in range(100)])
    by_validation = np.median([covered(Nsga2, valid, seed) for seed in range(30)])
    random = np.median([covered(RandomSearch, test, seed) for seed in range(10)])
    assert direct > 0.997
    assert by_validation > 0.995
    assert 1 - direct < 0.5 * (1 - random), "random search covers 99.3 % already"
