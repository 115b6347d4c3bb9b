"""The brackets of Hyperband and successive halving, and how they are played."""

import math
import random
from collections.abc import Callable

import pytest
from toy_problem import EPOCHS, Grid, failing, loss, problem, run, told

from harness.algorithms._rungs import Ladder
from harness.algorithms.hyperband import Hyperband, hyperband_brackets
from harness.algorithms.successive_halving import SuccessiveHalving
from harness.core import Algorithm, Fidelity, Problem, Query
from harness.errors import BadValue

WIDE = Grid((50, 50))


def epochs_up_to(most: int) -> Problem:
    return problem(WIDE, [Fidelity(epoch, most) for epoch in range(1, most + 1)])


def table(given: Problem, eta: int = 3, min_epochs: int = 1) -> list[list[tuple[int, int]]]:
    brackets = hyperband_brackets(Ladder(given, eta, min_epochs))
    return [[(rung.size, rung.fidelity.epochs) for rung in bracket] for bracket in brackets]


def by_formula(most: int, eta: int) -> list[list[tuple[int, float]]]:
    """Algorithm 1 as it is printed, in floating point."""
    s_max = math.floor(math.log(most) / math.log(eta) + 1e-9)
    budget = (s_max + 1) * most
    brackets = []
    for s in range(s_max, -1, -1):
        n, r = math.ceil(budget / most * eta**s / (s + 1) - 1e-9), most * eta**-s
        brackets.append([(math.floor(n * eta**-i + 1e-9), r * eta**i) for i in range(s + 1)])
    return brackets


def questions(queries: list[Query]) -> list[tuple[int, int]]:
    """(how many, epochs) of each stretch of equal epochs."""
    stretches: list[tuple[int, int]] = []
    for query in queries:
        epochs = query.fidelity.epochs
        n = stretches.pop()[0] if stretches and stretches[-1][1] == epochs else 0
        stretches.append((n + 1, epochs))
    return stretches


def rungs_of(algorithm: Algorithm, sizes: list[int], answer: Callable[[Query], float]) -> list[list[Query]]:
    queries = run(algorithm, sum(sizes), answer)
    return [[queries.pop(0) for _ in range(size)] for size in sizes]


def test_brackets_of_81_epochs() -> None:
    assert table(epochs_up_to(81)) == [
        [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
        [(34, 3), (11, 9), (3, 27), (1, 81)],
        [(15, 9), (5, 27), (1, 81)],
        [(8, 27), (2, 81)],
        [(5, 81)],
    ]


def test_brackets_of_12_epochs() -> None:
    assert table(epochs_up_to(12)) == [[(9, 1), (3, 4), (1, 12)], [(5, 4), (1, 12)], [(3, 12)]]


@pytest.mark.parametrize("eta", [2, 3, 4, 5])
@pytest.mark.parametrize("most", [8, 12, 27, 64, 81, 200, 243])
def test_brackets_follow_the_formula(most: int, eta: int) -> None:
    ours, theirs = table(epochs_up_to(most), eta), by_formula(most, eta)
    assert [[n for n, _ in bracket] for bracket in ours] == [[n for n, _ in bracket] for bracket in theirs]
    for bracket, exact in zip(ours, theirs, strict=True):
        assert all(abs(epochs - r) <= 0.5 + 1e-9 for (_, epochs), (_, r) in zip(bracket, exact, strict=True))


def test_min_epochs_makes_fewer_brackets() -> None:
    assert table(epochs_up_to(12), eta=2, min_epochs=3) == [[(4, 3), (2, 6), (1, 12)], [(3, 6), (1, 12)], [(3, 12)]]


def test_rounds_to_the_epochs_there_are() -> None:
    sparse = problem(WIDE, [Fidelity(epoch, 81) for epoch in (2, 8, 20, 81)])
    assert table(sparse)[0] == [(81, 2), (9, 8), (3, 20), (1, 81)], "1 and 3 epochs both become 2: one rung"


def test_stays_on_the_ladder_of_the_full_fidelity() -> None:
    shorter = [Fidelity(epoch, 4) for epoch in range(1, 5)]
    less = [Fidelity(epoch, 12, 0.5) for epoch in range(1, 13)]
    algorithm = Hyperband(problem(WIDE, [*less, *shorter, *EPOCHS]), seed=0)
    assert {query.fidelity for query in run(algorithm, 60)} == {EPOCHS[0], EPOCHS[3], EPOCHS[11]}


def test_needs_more_than_one_fidelity() -> None:
    with pytest.raises(BadValue, match="stop before epoch 12 of the 12-epoch schedule"):
        Hyperband(problem(fidelities=[Fidelity(3, 3), Fidelity(12, 12)]), seed=0)


@pytest.mark.parametrize("most", [12, 81])
def test_plays_its_brackets_over_and_over(most: int) -> None:
    given = epochs_up_to(most)
    rungs = [rung for bracket in table(given) for rung in bracket]
    n = sum(size for size, _ in rungs)
    first, second = [], []
    algorithm = Hyperband(given, seed=0)
    for played in (first, second):
        played += run(algorithm, n)
    # The last rung of one bracket and the first of the next may have equal epochs: compare question by question.
    wanted = [epochs for size, epochs in rungs for _ in range(size)]
    assert [query.fidelity.epochs for query in first] == wanted
    assert [query.fidelity.epochs for query in second] == wanted
    assert first != second


def test_order_of_telling_changes_nothing() -> None:
    given = epochs_up_to(81)
    serial = run(Hyperband(given, seed=0), 206)
    for workers in (3, 20, 500):
        order, algorithm = random.Random(workers), Hyperband(given, seed=0)
        queries: list[Query] = []
        running: list[Query] = []
        while len(queries) < 206:
            query = algorithm.ask() if len(running) < workers else None
            if query is not None:
                queries.append(query)
                running.append(query)
            else:
                ended = running.pop(order.randrange(len(running)))
                algorithm.tell(told(ended, loss(ended)))
        assert queries == serial


def test_successive_halving_repeats_its_bracket() -> None:
    queries = run(SuccessiveHalving(epochs_up_to(12), seed=0), 26)
    assert questions(queries) == [(9, 1), (3, 4), (1, 12), (9, 1), (3, 4), (1, 12)]
    assert questions(run(SuccessiveHalving(epochs_up_to(12), seed=0, n=20), 28)) == [(20, 1), (6, 4), (2, 12)]
    assert questions(run(SuccessiveHalving(epochs_up_to(12), seed=0, eta=2), 15)) == [(8, 1), (4, 3), (2, 6), (1, 12)]


def test_promotes_the_best() -> None:
    low, middle, high = rungs_of(SuccessiveHalving(epochs_up_to(12), seed=0), [9, 3, 1], loss)
    assert len({query.arch for query in low}) == 9
    assert [query.arch for query in middle] == [query.arch for query in sorted(low, key=loss)[:3]]
    assert high[0].arch == min(middle, key=loss).arch


def test_ties_go_to_those_asked_first_and_failures_last() -> None:
    low, middle, _ = rungs_of(SuccessiveHalving(epochs_up_to(12), seed=0), [9, 3, 1], failing)
    assert [query.arch for query in middle] == [query.arch for query in low[:3]]
    good: list[Query] = []

    def one_survives(query: Query) -> float:
        good.append(query)
        return 1e9 if len(good) == 7 else math.inf

    low, middle, _ = rungs_of(SuccessiveHalving(epochs_up_to(12), seed=0), [9, 3, 1], one_survives)
    assert [query.arch for query in middle] == [low[6].arch, low[0].arch, low[1].arch]


def test_waits_for_the_last_of_a_rung() -> None:
    algorithm = SuccessiveHalving(epochs_up_to(12), seed=0)
    running = [algorithm.ask() for _ in range(9)]
    while running:
        assert algorithm.ask() is None
        query = running.pop()
        algorithm.tell(told(query, loss(query)))
    assert algorithm.ask().fidelity.epochs == 4
