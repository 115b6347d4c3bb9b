"""What grid search, plain evolution and simulated annealing promise of their own."""

import itertools
import math
from collections import Counter
from collections.abc import Sequence

import pytest
from toy_problem import EPOCHS, Endless, Grid, failing, loss, problem, run, sometimes_failing, told

from harness.algorithms._hyper import number, positive
from harness.algorithms.grid_search import GridSearch
from harness.algorithms.plain_evolution import PlainEvolution
from harness.algorithms.random_search import RandomSearch
from harness.algorithms.simulated_annealing import SimulatedAnnealing
from harness.core import Algorithm, Arch, Metric, Query
from harness.errors import BadValue
from harness.spaces.nb201 import Nb201

FULL = EPOCHS[-1]


class Even(Grid):
    """Only architectures of an even sum."""

    def admits(self, arch: Sequence[int]) -> bool:
        return sum(arch) % 2 == 0


def far(query: Query) -> float:
    return float(sum(query.arch))


def tell(algorithm: Algorithm, arch: Arch, value: float) -> None:
    algorithm.tell(told(Query(arch, FULL), value))


def distance(one: Arch, other: Arch) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def cells(n: int) -> list[Arch]:
    """Cells so far apart that a child tells its parent: any two differ in at least three decisions."""
    found: list[Arch] = []
    for arch in itertools.product(range(5), repeat=6):
        if len(found) < n and all(distance(arch, cell) >= 3 for cell in found):
            found.append(arch)
    return found


class TestGridSearch:
    def test_walks_the_options_in_order(self) -> None:
        algorithm = GridSearch(problem(), seed=0, start=0)
        archs = [query.arch for query in run(algorithm, 100)]
        assert archs == list(itertools.product(range(4), range(3), range(5)))
        assert [algorithm.ask() for _ in range(3)] == [None] * 3

    def test_goes_on_from_the_beginning(self) -> None:
        archs = [query.arch for query in run(GridSearch(problem(), seed=0, start=58), 100)]
        every = list(itertools.product(range(4), range(3), range(5)))
        assert archs == every[58:] + every[:58]

    def test_starts_anywhere(self) -> None:
        starts = {GridSearch(problem(), seed=seed).ask() for seed in range(600)}
        assert len(starts) == 60

    def test_official_order_is_that_of_the_indices(self) -> None:
        archs = [query.arch for query in run(GridSearch(problem(Nb201()), seed=0, order="official", start=7), 20_000)]
        assert archs == [*Nb201().all()[7:], *Nb201().all()[:7]]

    def test_skips_what_does_not_go_together(self) -> None:
        archs = [query.arch for query in run(GridSearch(problem(Even((3, 3))), seed=0, start=0), 100)]
        assert archs == [(0, 0), (0, 2), (1, 1), (2, 0), (2, 2)]

    def test_large_spaces_are_walked_and_not_listed(self) -> None:
        assert run(GridSearch(problem(Endless()), seed=0, start=10**18 - 1), 2) == [
            Query((9,) * 18, FULL),
            Query((0,) * 18, FULL),
        ]
        with pytest.raises(BadValue, match=r"1,000,000,000,000,000,000 architectures.*give order = 'lexicographic'"):
            GridSearch(problem(Endless()), seed=0, order="official")

    def test_refuses_bad_values(self) -> None:
        with pytest.raises(BadValue, match=r"start = 60 .* from 0 to 59"):
            GridSearch(problem(), seed=0, start=60)
        with pytest.raises(BadValue, match=r"order = 'random' .* 'lexicographic' or 'official'"):
            GridSearch(problem(), seed=0, order="random")


class TestPlainEvolution:
    def grown(self, losses: Sequence[float], sample: int) -> tuple[PlainEvolution, list[Arch]]:
        algorithm = PlainEvolution(problem(Nb201()), seed=0, population=len(losses), sample=sample)
        members = cells(len(losses))
        for member, value in zip(members, losses, strict=True):
            tell(algorithm, member, value)
        return algorithm, members

    def parents(self, algorithm: PlainEvolution, members: list[Arch], n: int) -> Counter[int]:
        children = [algorithm.ask().arch for _ in range(n)]
        return Counter(next(i for i, m in enumerate(members) if distance(m, child) == 1) for child in children)

    @pytest.mark.parametrize("sample", [2, 3])
    def test_tournament_is_won_as_often_as_theory_says(self, sample: int) -> None:
        p, n = 8, 6000
        algorithm, members = self.grown(range(p), sample)
        wins = self.parents(algorithm, members, n)
        for rank in range(p):
            chance = math.comb(p - 1 - rank, sample - 1) / math.comb(p, sample)
            assert abs(wins[rank] - n * chance) <= 5 * math.sqrt(n * chance)

    def test_the_worse_of_the_pair_makes_room(self) -> None:
        for _ in range(30):
            algorithm, members = self.grown([0.0, 1.0], sample=2)
            child = algorithm.ask().arch
            assert distance(child, members[0]) == 1
            tell(algorithm, child, 0.5)
            assert set(self.parents(algorithm, [members[0], child], 50)) == {0}
            tell(algorithm, algorithm.ask().arch, -1.0)
            assert 0.5 not in {value for _, value in algorithm._members}

    def test_the_loser_is_of_the_tournament_that_had_the_child(self) -> None:
        algorithm, _ = self.grown(range(8), sample=2)
        for _ in range(200):
            before = dict(enumerate(algorithm._members))
            child = algorithm.ask().arch
            (seat, _), parent = algorithm._running[child][0], {m for m in before.values() if distance(m[0], child) == 1}
            tell(algorithm, child, 3.5)
            assert min(value for _, value in parent) <= before[seat][1]
            assert algorithm._members[seat] == (child, 3.5)
            assert sum(algorithm._members[i] != before[i] for i in before) <= 1

    @pytest.mark.parametrize("workers", [1, 7])
    def test_the_best_never_dies(self, workers: int) -> None:
        algorithm = PlainEvolution(problem(Nb201()), seed=1)
        running: list[Query] = []
        best = math.inf
        for step in range(600):
            running.append(algorithm.ask())
            if len(running) == workers:
                query = running.pop(step * 5 % workers)
                algorithm.tell(told(query, sometimes_failing(query)))
                best = min(best, sometimes_failing(query))
                assert min(value for _, value in algorithm._members) == best
                assert len(algorithm._members) <= 10
        assert len(algorithm._running) < workers

    def test_children_of_one_victim_find_other_places(self) -> None:
        algorithm, members = self.grown([0.0, 1.0, 2.0], sample=3)
        children = [algorithm.ask().arch for _ in range(2)]
        for child in children:
            tell(algorithm, child, 0.5)
        assert {arch for arch, _ in algorithm._members} == {members[0], *children}

    def test_takes_in_what_it_did_not_ask(self) -> None:
        algorithm, members = self.grown([0.0, 1.0], sample=2)
        tell(algorithm, (4,) * 6, -1.0)
        assert algorithm._members == [(members[0], 0.0), ((4,) * 6, -1.0)]

    def test_beats_random_search_on_a_slope(self) -> None:
        space = Grid((6,) * 8)
        evolved = min(map(far, run(PlainEvolution(problem(space), seed=0), 300, far)))
        assert evolved < min(map(far, run(RandomSearch(problem(space), seed=0), 300, far)))

    def test_refuses_bad_values(self) -> None:
        for hyper, message in (({"sample": 1}, "sample = 1 .* from 2 to 10"), ({"population": 1}, "at least 2")):
            with pytest.raises(BadValue, match=message):
                PlainEvolution(problem(), seed=0, **hyper)


class TestSimulatedAnnealing:
    @staticmethod
    def at(algorithm: SimulatedAnnealing) -> float:
        assert algorithm._state is not None
        return algorithm._state[1]

    @pytest.mark.parametrize("d", [0.1, 1.0, 3.0])
    def test_accepts_worse_with_the_probability_of_metropolis(self, d: float) -> None:
        algorithm = SimulatedAnnealing(problem(), seed=0, temperature=1.5, cooling=1)
        tell(algorithm, (0, 0, 0), 0.0)
        n, accepted = 4000, 0
        for _ in range(n):
            before = self.at(algorithm)
            tell(algorithm, (1, 0, 0), before + d)
            accepted += self.at(algorithm) > before
        chance = math.exp(-d / 1.5)
        assert abs(accepted - n * chance) < 4 * math.sqrt(n * chance * (1 - chance))

    def test_accepts_what_is_no_worse(self) -> None:
        algorithm = SimulatedAnnealing(problem(), seed=0, temperature=1e-9)
        for i, value in enumerate([5.0, 5.0, 4.0, -100.0, -100.0]):
            tell(algorithm, (0, 0, i), value)
            assert algorithm._state == ((0, 0, i), value)
        tell(algorithm, (1, 1, 1), -99.9)
        assert algorithm._state == ((0, 0, 4), -100.0)

    def test_melts_and_takes_its_temperature_from_that(self) -> None:
        algorithm = SimulatedAnnealing(problem(), seed=0, melt=4, acceptance=0.8)
        for i, value in enumerate([0.0, 50.0, math.inf, 90.0, 80.0, 180.0]):
            tell(algorithm, (0, 0, 0), value)
            assert self.at(algorithm) == (value if value < math.inf else 50.0)
            assert (algorithm._temperature < math.inf) == (i == 5)
        assert math.exp(-50 / algorithm._temperature) == pytest.approx(0.8)

    def test_scale_of_the_losses_does_not_matter(self) -> None:
        one = run(SimulatedAnnealing(problem(Nb201()), seed=3), 200)
        other = run(SimulatedAnnealing(problem(Nb201()), seed=3), 200, lambda query: 1024 * loss(query))
        assert one == other

    def test_cools_once_a_sweep(self) -> None:
        algorithm = SimulatedAnnealing(problem(), seed=0, temperature=8, cooling=0.5)
        tell(algorithm, (0, 0, 0), 0.0)
        seen = []
        for _ in range(7):
            tell(algorithm, (0, 0, 0), 1.0)
            seen.append(algorithm._temperature)
        assert seen == [8, 8, 4, 4, 4, 2, 2]
        fast = SimulatedAnnealing(problem(), seed=0, temperature=8, cooling=0.5, moves=1)
        for _ in range(3):
            tell(fast, (0, 0, 0), 0.0)
        assert fast._temperature == 2

    def test_cold_and_failing_forever_is_no_error(self) -> None:
        algorithm = SimulatedAnnealing(problem(), seed=0, temperature=1, cooling=1e-3, moves=1)
        assert len(run(algorithm, 300)) == 300
        assert algorithm._temperature == 0
        tell(algorithm, (0, 0, 0), math.inf)
        assert self.at(algorithm) < math.inf

    def test_flat_losses_are_no_error(self) -> None:
        algorithm = SimulatedAnnealing(problem(), seed=0)
        assert len(run(algorithm, 100, lambda query: 7.0)) == 100
        assert algorithm._temperature == 0
        for arch in ((3, 2, 4), (0, 0, 0)):
            tell(algorithm, arch, 7.0)
            assert algorithm._state == (arch, 7.0)

    def test_proposes_neighbors_of_where_it_is(self) -> None:
        algorithm = SimulatedAnnealing(problem(Nb201()), seed=0)
        first = algorithm.ask()
        algorithm.tell(told(first, math.inf))
        assert len({algorithm.ask() for _ in range(20)}) > 15
        tell(algorithm, (0,) * 6, 1.0)
        assert all(distance(algorithm.ask().arch, (0,) * 6) == 1 for _ in range(40))
        assert len(run(SimulatedAnnealing(problem(), seed=0), 100, failing)) == 100

    def test_beats_random_search_on_a_slope(self) -> None:
        space = Grid((6,) * 8)
        annealed = min(map(far, run(SimulatedAnnealing(problem(space), seed=0), 400, far)))
        assert annealed < min(map(far, run(RandomSearch(problem(space), seed=0), 400, far)))

    @pytest.mark.parametrize(
        ("hyper", "message"),
        [
            ({"cooling": 0}, "cooling = 0 .* above 0 and at most 1"),
            ({"cooling": 1.1}, "cooling = 1.1"),
            ({"melt": 0}, "melt = 0"),
            ({"moves": 0}, "moves = 0"),
            ({"acceptance": 1}, "acceptance = 1 .* from 0.01 to 0.99"),
            ({"temperature": -1.0}, "temperature = -1.0 .* above 0"),
        ],
    )
    def test_refuses_bad_values(self, hyper: dict[str, float], message: str) -> None:
        with pytest.raises(BadValue, match=message):
            SimulatedAnnealing(problem(), seed=0, **hyper)


@pytest.mark.parametrize("kind", [PlainEvolution, SimulatedAnnealing])
def test_refuses_a_second_objective_that_it_would_ignore(kind) -> None:
    two = problem()._replace(objectives=(*problem().objectives, Metric("flops", "M", False, "cost")))
    with pytest.raises(BadValue, match="valid_accuracy, flops"):
        kind(two, seed=0)


@pytest.mark.parametrize("kind", [GridSearch, PlainEvolution, SimulatedAnnealing])
def test_asks_at_the_fidelity_named(kind) -> None:
    assert {query.fidelity for query in run(kind(problem(), seed=0, epochs=3), 30)} == {EPOCHS[2]}
    assert {query.fidelity for query in run(kind(problem(), seed=0), 30)} == {FULL}


class TestNumbers:
    def test_returns_floats(self) -> None:
        assert [number("x", value, 0, 1) for value in (0, 0.5, 1)] == [0.0, 0.5, 1.0]
        assert type(number("x", 1, 0)) is type(positive("x", 1)) is float

    @pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf, True, "1", None])
    def test_number_refuses(self, value: float) -> None:
        with pytest.raises(BadValue, match=r"x = .* cannot be used: give a number from 0 to 1"):
            number("x", value, 0, 1)

    @pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, False, "1"])
    def test_positive_refuses(self, value: float) -> None:
        with pytest.raises(BadValue, match=r"x = .* cannot be used: give a number above 0$"):
            positive("x", value)
