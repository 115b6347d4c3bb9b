"""What each algorithm that asks for one fidelity promises of its own."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from toy_problem import EPOCHS, Grid, failing, loss, problem, run, sometimes_failing, told

from harness.algorithms._deck import Deck
from harness.algorithms.local_search import LocalSearch
from harness.algorithms.random_search import RandomSearch
from harness.algorithms.regularized_evolution import RegularizedEvolution
from harness.core import Arch, Query
from harness.spaces.nb201 import Nb201

FULL = EPOCHS[-1]


def bowl(query: Query) -> float:
    return float(sum(abs(a - best) for a, best in zip(query.arch, (2, 1, 3), strict=True)))


def distance(one: Arch, other: Arch) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


class TestRandomSearch:
    def test_sees_the_whole_space_once(self) -> None:
        algorithm = RandomSearch(problem(Nb201()), seed=0)
        queries = run(algorithm, 20_000)
        assert sorted(query.arch for query in queries) == sorted(Nb201().all())
        assert algorithm.ask() is None
        assert algorithm.ask() is None

    def test_every_order_is_equally_likely(self) -> None:
        rng = np.random.default_rng(0)
        n = 12_000
        decks = (Deck(Grid((2, 2)), rng) for _ in range(n))
        orders = Counter(tuple(deck.draw() for _ in range(4)) for deck in decks)
        assert len(orders) == math.factorial(4)
        chi2 = sum((count - n / 24) ** 2 / (n / 24) for count in orders.values())
        assert chi2 < 23 + 4 * math.sqrt(2 * 23)

    def test_draws_from_a_space_beyond_64_bits(self) -> None:
        deck = Deck(Grid((7,) * 40), np.random.default_rng(0))
        archs = np.array([deck.draw() for _ in range(2000)])
        assert abs(archs.mean(axis=0) - 3).max() < 5 * 2 / math.sqrt(2000)

    def test_with_replacement_repeats(self) -> None:
        queries = run(RandomSearch(problem(), seed=0, replace=True), 600)
        assert len(queries) == 600
        assert len(set(queries)) == 60


class TestRegularizedEvolution:
    @staticmethod
    def spread(n: int) -> list[Arch]:
        """Cells so far apart that a child tells its parent: any two differ in at least three decisions."""
        cells: list[Arch] = []
        for arch in itertools.product(range(5), repeat=6):
            if len(cells) < n and all(distance(arch, cell) >= 3 for cell in cells):
                cells.append(arch)
        return cells

    def parents(self, algorithm: RegularizedEvolution, cells: list[Arch], n: int) -> list[int]:
        children = [algorithm.ask().arch for _ in range(n)]
        return [next(i for i, cell in enumerate(cells) if distance(cell, child) == 1) for child in children]

    def test_tournament_is_won_as_often_as_theory_says(self) -> None:
        p, s, n = 10, 3, 8000
        algorithm = RegularizedEvolution(problem(Nb201()), seed=0, population=p, sample=s)
        cells = self.spread(p)
        for value, cell in enumerate(cells):
            algorithm.tell(told(Query(cell, FULL), float(value)))
        wins = Counter(self.parents(algorithm, cells, n))
        for rank in range(p):
            chance = ((p - rank) / p) ** s - ((p - rank - 1) / p) ** s
            assert abs(wins[rank] - n * chance) < 5 * math.sqrt(n * chance)

    def test_the_oldest_dies_even_when_it_is_the_best(self) -> None:
        algorithm = RegularizedEvolution(problem(Nb201()), seed=0, population=3, sample=3)
        cells = self.spread(4)
        for value, cell in zip((0.0, 3.0, 2.0, 1.0), cells, strict=True):
            algorithm.tell(told(Query(cell, FULL), value))
        assert set(self.parents(algorithm, cells, 200)) == {1, 2, 3}

    def test_failures_age_and_lose(self) -> None:
        algorithm = RegularizedEvolution(problem(Nb201()), seed=0, population=2, sample=2)
        cells = self.spread(4)
        for value, cell in zip((0.0, math.inf, 1.0, math.inf), cells, strict=True):
            algorithm.tell(told(Query(cell, FULL), value))
        wins = Counter(self.parents(algorithm, cells, 400))
        assert set(wins) == {2, 3}
        assert wins[2] > 2 * wins[3]

    def test_random_until_the_population_has_been_told(self) -> None:
        algorithm = RegularizedEvolution(problem(), seed=0, population=4, sample=2)
        running = [algorithm.ask() for _ in range(60)]
        assert len({query.arch for query in running}) > 25
        for query in reversed(running):
            algorithm.tell(told(query, loss(query)))
        last = [query.arch for query in running[:4]]
        children = [algorithm.ask().arch for _ in range(50)]
        assert all(min(distance(child, arch) for arch in last) == 1 for child in children)

    def test_beats_random_search_on_a_bowl(self) -> None:
        space = Grid((6,) * 8)

        def far(query: Query) -> float:
            return float(sum(query.arch))

        evolved = min(map(far, run(RegularizedEvolution(problem(space), seed=0), 400, far)))
        drawn = min(map(far, run(RandomSearch(problem(space), seed=0), 400, far)))
        assert evolved < drawn


class TestLocalSearch:
    def test_asks_all_neighbors_then_moves_to_the_best(self) -> None:
        space = Grid((4, 3, 5))
        archs = [query.arch for query in run(LocalSearch(problem(space), seed=1), 60, bowl)]
        start, around = archs[0], archs[1:10]
        assert sorted(around) == sorted(space.neighbors(start))
        assert around != space.neighbors(start)
        best = min(bowl(Query(arch, FULL)) for arch in around)
        assert best < bowl(Query(start, FULL)), "the seed was chosen so that it moves"
        centers = [arch for arch in around if bowl(Query(arch, FULL)) == best]
        fresh = [set(space.neighbors(center)) - set(archs[:10]) for center in centers]
        assert any(set(archs[10 : 10 + len(new)]) == new for new in fresh)

    @pytest.mark.parametrize("first", [False, True])
    @pytest.mark.parametrize("seed", range(5))
    def test_goes_down_to_the_bottom_before_it_restarts(self, first: bool, seed: int) -> None:
        archs = [query.arch for query in run(LocalSearch(problem(), seed=seed, first_improvement=first), 60, bowl)]
        seen = [archs[0]]
        for arch in archs[1 : archs.index((2, 1, 3)) + 1]:
            assert any(distance(arch, earlier) == 1 for earlier in seen)
            seen.append(arch)

    def test_first_improvement_moves_at_once(self) -> None:
        def downhill(query: Query) -> float:
            return float(-asked.index(query.arch))

        asked: list[Arch] = []
        algorithm = LocalSearch(problem(Nb201()), seed=0, first_improvement=True)
        for _ in range(10):
            query = algorithm.ask()
            assert query is not None
            asked.append(query.arch)
            algorithm.tell(told(query, downhill(query)))
        assert all(distance(a, b) == 1 for a, b in itertools.pairwise(asked))

    @pytest.mark.parametrize("first", [False, True])
    def test_asks_everything_once_and_then_nothing(self, first: bool) -> None:
        algorithm = LocalSearch(problem(), seed=0, first_improvement=first)
        queries = run(algorithm, 1000, sometimes_failing)
        assert len(queries) == len(set(queries)) == 60
        assert [algorithm.ask() for _ in range(5)] == [None] * 5

    def test_waits_for_the_last_of_a_neighborhood(self) -> None:
        algorithm = LocalSearch(problem(), seed=0)
        running = [algorithm.ask() for _ in range(10)]
        assert algorithm.ask() is None
        for query in running[1:]:
            algorithm.tell(told(query, bowl(query)))
            assert algorithm.ask() is None
        algorithm.tell(told(running[0], bowl(running[0])))
        assert algorithm.ask() is not None

    def test_restarts_where_it_never_asked(self) -> None:
        space = Grid((4, 3, 5))
        archs = [query.arch for query in run(LocalSearch(problem(space), seed=0), 60, failing)]
        asked: set[Arch] = set()
        while archs:
            start = archs.pop(0)
            asked.add(start)
            fresh = set(space.neighbors(start)) - asked
            assert {archs.pop(0) for _ in fresh} == fresh
            asked |= fresh
