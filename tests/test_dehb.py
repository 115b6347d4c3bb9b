"""Differential evolution across the rungs of Hyperband."""

import math

import numpy as np
import pytest
from ladders import epochs_up_to, sum_loss
from toy_problem import Grid, problem, run, told

from harness.algorithms._evolving import Member, Variation
from harness.algorithms.dehb import Dehb
from harness.core import Query
from harness.errors import BadValue

ROUND = [1] * 9 + [4] * 3 + [12] + [4] * 5 + [12] + [12] * 3


def variation(factor: float = 0.5, crossover: float = 0.5, choices: tuple[int, ...] = (10, 10, 10)) -> Variation:
    return Variation(Grid(choices), factor, crossover, np.random.default_rng(0))


def member(*vector: float) -> Member:
    return Member(vector, tuple(int(x * 10) for x in vector))


def test_mutants_are_base_plus_factor_times_difference() -> None:
    parents = [member(0.5, 0.4, 0.6), member(0.6, 0.5, 0.5), member(0.4, 0.5, 0.45)]
    vectors = [np.array(parent.vector) for parent in parents]
    allowed = {
        tuple(np.round(vectors[i] + 0.5 * (vectors[j] - vectors[3 - i - j]), 9))
        for i in range(3)
        for j in range(3)
        if i != j
    }
    vary = variation(crossover=1)
    seen = {tuple(np.round(vary.child(member(0.0, 0.0, 0.0), parents).vector, 9)) for _ in range(200)}
    assert seen == allowed
    assert len(allowed) == 6


def test_crossover_takes_at_least_one_coordinate_and_its_share_of_the_others() -> None:
    parents = [member(0.5, 0.5, 0.5)] * 3
    target = member(0.0, 0.0, 0.0)

    def taken(crossover: float) -> list[int]:
        vary = variation(crossover=crossover)
        return [sum(x == 0.5 for x in vary.child(target, parents).vector) for _ in range(2000)]

    assert set(taken(0)) == {1}
    assert set(taken(1)) == {3}
    assert np.mean(taken(0.5)) == pytest.approx(1 + 2 * 0.5, abs=0.06)


def test_what_leaves_the_cube_is_drawn_anew() -> None:
    parents = [member(1.0, 1.0, 1.0), member(0.0, 0.0, 0.0), member(1.0, 0.0, 0.5)]
    vary = variation(factor=1.0, crossover=1)
    coordinates = [x for _ in range(300) for x in vary.child(parents[0], parents).vector]
    assert all(0 <= x <= 1 for x in coordinates)
    assert len({x for x in coordinates if x not in (0, 0.5, 1)}) > 100


def test_parts_of_the_cube_are_equal_and_its_end_belongs_to_the_last() -> None:
    vary = variation(choices=(4, 1))
    assert [vary._arch((x, x)) for x in (0.0, 0.24, 0.25, 0.5, 0.75, 1.0)] == [
        (0, 0), (0, 0), (1, 0), (2, 0), (3, 0), (3, 0),
    ]  # fmt: skip
    for _ in range(100):
        drawn = vary.random()
        assert vary._arch(drawn.vector) == drawn.arch


def test_a_space_with_constraints_gets_only_what_it_admits() -> None:
    class Rare(Grid):
        def admits(self, arch) -> bool:
            return arch[0] == arch[1]

    queries = run(Dehb(problem(Rare((9, 9, 9))), seed=0), 300, sum_loss)
    assert len(queries) == 300
    assert all(query.arch[0] == query.arch[1] for query in queries)

    class Nothing(Rare):
        def admits(self, arch) -> bool:
            return arch == (3, 4, 5)

    found = {query.arch for query in run(Dehb(problem(Nothing((9, 9, 9))), seed=0), 30, sum_loss)}
    assert found == {(3, 4, 5)}, "children of one architecture alone: drawn at random in the end"


def test_the_first_round_promotes_and_later_ones_evolve() -> None:
    queries = run(Dehb(epochs_up_to(12), seed=0), 44, sum_loss)
    assert [query.fidelity.epochs for query in queries] == ROUND * 2
    low = [query.arch for query in queries[:9]]
    assert [query.arch for query in queries[9:12]] == sorted(low)[:3]
    assert queries[12].arch == min(low)
    second_bracket = [query.arch for query in queries[13:18]]
    members = sorted(low)[:3] + second_bracket[:2]
    for i, child in enumerate(second_bracket[2:]):
        members[i] = min(members[i], child)
    assert queries[18].arch == min(arch for arch in members if arch != min(low)), "the best not promoted before"
    later = [query.arch for query in queries[22 + 9 : 22 + 12]]
    assert later != sorted(query.arch for query in queries[22 : 22 + 9])[:3]


def test_members_are_asked_as_drawn_before_they_have_children(monkeypatch: pytest.MonkeyPatch) -> None:
    algorithm = Dehb(epochs_up_to(12), seed=0)
    drawn = {fidelity.epochs: [m.arch for m in p.members] for fidelity, p in algorithm._populations.items()}
    children: list[int] = []
    make = algorithm._vary.child

    def counted(target: Member, parents: list[Member]) -> Member:
        children.append(len(parents))
        return make(target, parents)

    monkeypatch.setattr(algorithm._vary, "child", counted)
    first = [query.arch for query in run(algorithm, 22, sum_loss)]
    assert first[:9] == drawn[1]
    assert first[13:15] == drawn[4][3:]
    assert first[19] == drawn[12][2]
    assert children == [5] * 3 + [3] * 2, "three of the second bracket's five, two of the third's three"
    children.clear()
    run(algorithm, 22, sum_loss)
    assert children == [9] * 9 + [3] * 3 + [3] + [5] * 5 + [3] + [3] * 3


def test_of_equals_the_child_stays() -> None:
    algorithm = Dehb(epochs_up_to(12), seed=0)
    queries = run(algorithm, 31, lambda query: 1.0)
    lowest = next(iter(algorithm._populations.values()))
    assert [m.arch for m in lowest.members] == [query.arch for query in queries[22:]]


def test_selection_keeps_the_better_of_child_and_target() -> None:
    algorithm = Dehb(epochs_up_to(12), seed=0)
    best: dict[int, list[float]] = {}
    for _ in range(300):
        query = algorithm.ask()
        algorithm.tell(told(query, sum_loss(query)))
        losses = [m.loss for m in algorithm._populations[query.fidelity].members]
        before = best.get(query.fidelity.epochs, [math.inf] * len(losses))
        assert all(now <= then for now, then in zip(losses, before, strict=True))
        best[query.fidelity.epochs] = losses
    assert {epochs: len(losses) for epochs, losses in best.items()} == {1: 9, 4: 5, 12: 3}


def test_evolution_finds_the_good_corner() -> None:
    queries = run(Dehb(epochs_up_to(12), seed=2), 600, sum_loss)
    late = [query.arch[0] for query in queries[400:]]
    assert sum(option < 10 for option in late) / len(late) > 0.8, "a fifth by chance"


def test_failures_are_neither_promoted_nor_kept_over_others() -> None:
    def odd_fails(query: Query) -> float:
        return math.inf if query.arch[0] % 2 else sum_loss(query)

    queries = run(Dehb(epochs_up_to(12), seed=0), 13, odd_fails)
    assert all(query.arch[0] % 2 == 0 for query in queries[9:])


def test_workers_never_wait() -> None:
    algorithm = Dehb(epochs_up_to(12), seed=0)
    queries = [algorithm.ask() for _ in range(40)]
    assert [query.fidelity.epochs for query in queries[:26]] == [1] * 9 + [4] * 5 + [12] * 3 + [1] * 9
    for query in queries:
        algorithm.tell(told(query, sum_loss(query)))
    assert algorithm.ask().fidelity.epochs == 4


@pytest.mark.parametrize(
    ("hyper", "message"),
    [
        ({"mutation_factor": 0}, "mutation_factor = 0 .* above 0 and at most 2"),
        ({"mutation_factor": 3}, "mutation_factor = 3"),
        ({"crossover": -0.1}, "crossover = -0.1 .* from 0 to 1"),
        ({"eta": 13}, "eta = 13 .* from 2 to 12"),
    ],
)
def test_refuses_bad_values(hyper: dict[str, object], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        Dehb(problem(), seed=0, **hyper)
