"""Asynchronous promotion, and ladders whose rungs are schedules of their own."""

import math
from collections import defaultdict

import pytest
from ladders import OWN, WIDE, epochs_up_to, own_schedules, run_in_order, sum_loss
from toy_problem import Grid, failing, problem, run, told

from harness import registry
from harness.algorithms._rungs import Ladder
from harness.algorithms.asha import Asha
from harness.algorithms.hyperband import Hyperband, hyperband_brackets
from harness.budget import Budget, Ledger
from harness.core import Arch, Evaluation, Fidelity, Problem, Query
from harness.errors import BadValue

CLIMBERS = ["successive_halving", "hyperband", "asha", "bohb", "dehb"]


def by_epochs(queries: list[Query]) -> dict[int, list[Arch]]:
    found = defaultdict(list)
    for query in queries:
        found[query.fidelity.epochs].append(query.arch)
    return dict(found)


def literal(losses: dict[Arch, float], archs: list[Arch], epochs: list[int], eta: int, steps: int) -> list[tuple]:
    """Algorithm 2 as it is printed, for one worker and architectures in this order."""
    rungs: list[list[Arch]] = [[] for _ in epochs]
    promoted: list[set[Arch]] = [set() for _ in epochs]
    asked, new = [], iter(archs)
    for _ in range(steps):
        for k in reversed(range(len(epochs) - 1)):
            top = sorted(rungs[k], key=losses.__getitem__)[: len(rungs[k]) // eta]
            promotable = [arch for arch in top if arch not in promoted[k]]
            if promotable:
                promoted[k].add(promotable[0])
                rungs[k + 1].append(promotable[0])
                asked.append((promotable[0], epochs[k + 1]))
                break
        else:
            rungs[0].append(next(new))
            asked.append((rungs[0][-1], epochs[0]))
    return asked


@pytest.mark.parametrize("eta", [2, 3, 4])
def test_follows_the_algorithm_as_printed(eta: int) -> None:
    queries = run(Asha(epochs_up_to(27), seed=1, eta=eta), 400, sum_loss)
    epochs = [rung.epochs for rung in Ladder(epochs_up_to(27), eta, 1).rungs]
    losses = {query.arch: sum_loss(query) for query in queries}
    newcomers = by_epochs(queries)[epochs[0]]
    assert len(set(newcomers)) == len(newcomers), "drawn without repetition"
    assert [(q.arch, q.fidelity.epochs) for q in queries] == literal(losses, newcomers, epochs, eta, 400)


@pytest.mark.parametrize("workers", [2, 9, 50])
def test_promotes_the_same_with_any_number_of_workers_when_results_arrive_in_order(workers: int) -> None:
    alone = by_epochs(run(Asha(epochs_up_to(27), seed=3, eta=3), 600, sum_loss))
    together = by_epochs(run_in_order(Asha(epochs_up_to(27), seed=3, eta=3), 600, workers, sum_loss))
    assert list(alone) == [1, 3, 9, 27]
    for epochs, archs in alone.items():
        both = min(len(archs), len(together[epochs]))
        assert both > 10
        assert archs[:both] == together[epochs][:both]


def test_does_not_wait_for_the_slow() -> None:
    algorithm = Asha(epochs_up_to(27), seed=0, eta=3)
    slow = algorithm.ask()
    queries = run(algorithm, 200, sum_loss)
    assert len(queries) == 200
    assert {query.fidelity.epochs for query in queries} == {1, 3, 9, 27}
    assert slow.arch not in {query.arch for query in queries}


def test_the_highest_rung_is_promoted_from_first() -> None:
    ready = Asha(epochs_up_to(9), seed=0, eta=3)
    running = [ready.ask() for _ in range(9)]
    for query in running:
        ready.tell(told(query, sum_loss(query)))
    promoted = [ready.ask() for _ in range(3)]
    for query in running[:6]:
        ready.tell(told(Query((49, query.arch[1]), query.fidelity), 1e9))
    for query in promoted:
        ready.tell(told(query, sum_loss(query)))
    assert [ready.ask().fidelity.epochs for _ in range(4)] == [9, 3, 3, 1]


def test_failures_are_not_promoted() -> None:
    assert {query.fidelity.epochs for query in run(Asha(epochs_up_to(27), seed=0, eta=3), 100, failing)} == {1}


def test_ties_go_to_those_told_first() -> None:
    queries = run(Asha(epochs_up_to(9), seed=0, eta=3), 4, lambda query: 1.0)
    assert [query.fidelity.epochs for query in queries] == [1, 1, 1, 3]
    assert queries[3].arch == queries[0].arch


def test_early_stopping_rate_leaves_out_the_lowest_rungs() -> None:
    def asked(rate: int) -> set[int]:
        queries = run(Asha(epochs_up_to(27), seed=0, eta=3, early_stopping_rate=rate), 80, sum_loss)
        return {query.fidelity.epochs for query in queries}

    assert asked(1) == {3, 9, 27}
    assert asked(3) == {27}
    with pytest.raises(BadValue, match=r"early_stopping_rate = 4 .* from 0 to 3"):
        asked(4)


def test_a_small_space_is_climbed_to_the_top_and_then_begun_anew() -> None:
    queries = run(Asha(problem(Grid((1,))), seed=0, eta=3), 6)
    assert [query.fidelity.epochs for query in queries] == [1, 4, 12, 1, 4, 12]


def test_waits_only_for_the_last_of_the_space() -> None:
    algorithm = Asha(problem(Grid((2,))), seed=0, eta=3)
    first, second = algorithm.ask(), algorithm.ask()
    assert algorithm.ask() is None
    algorithm.tell(told(first, math.inf))
    assert algorithm.ask() is None, "of two one is promoted, and that may be the other"
    algorithm.tell(told(second, 1.0))
    assert algorithm.ask() == Query(second.arch, Fidelity(4, 12))


def rungs(given: Problem, eta: int = 3, schedule: str | None = None, min_epochs: int = 1) -> list[tuple[int, int]]:
    return [rung[:2] for rung in Ladder(given, eta, min_epochs, schedule).rungs]


def test_ladders_of_schedules_of_their_own() -> None:
    assert rungs(own_schedules()) == [(4, 4), (12, 12), (36, 36), (108, 108)]
    assert rungs(own_schedules(), min_epochs=5) == [(12, 12), (36, 36), (108, 108)]
    assert rungs(own_schedules(), eta=4) == [(4, 4), (36, 36), (108, 108)]
    assert rungs(own_schedules(), eta=2, schedule="truncated") == [(54, 108), (108, 108)]
    brackets = hyperband_brackets(Ladder(own_schedules(), 3, 1))
    assert [[(rung.size, rung.fidelity.epochs) for rung in bracket] for bracket in brackets] == [
        [(27, 4), (9, 12), (3, 36), (1, 108)],
        [(12, 12), (4, 36), (1, 108)],
        [(6, 36), (2, 108)],
        [(4, 108)],
    ]


def test_the_default_is_the_ladder_of_more_rungs() -> None:
    stops = [Fidelity(epoch, 12) for epoch in range(1, 13)]
    both = problem(WIDE, [Fidelity(3, 3), *stops])
    assert rungs(both) == [(1, 12), (4, 12), (12, 12)]
    assert rungs(both, schedule="own") == [(3, 3), (12, 12)]
    equal = problem(WIDE, [Fidelity(1, 1), Fidelity(4, 4), *stops])
    assert rungs(equal) == [(1, 12), (4, 12), (12, 12)]
    assert rungs(equal, schedule="own") == [(1, 1), (4, 4), (12, 12)]


def test_schedules_of_their_own_differ_in_nothing_else() -> None:
    others = [Fidelity(4, 4, 0.5), Fidelity(4, 4, 1.0, 0.5), Fidelity(36, 36, 1.0, 1.0, 0.5)]
    assert rungs(problem(WIDE, [*others, *OWN])) == [(4, 4), (12, 12), (36, 36), (108, 108)]
    assert rungs(problem(WIDE, [*OWN, Fidelity(4, 4, 0.5), Fidelity(12, 12, 0.5)]), schedule="own") == [
        (4, 4),
        (12, 12),
    ]


@pytest.mark.parametrize("name", CLIMBERS)
def test_promotions_to_another_schedule_are_charged_in_full(name: str) -> None:
    ledger, epochs = Ledger(Budget(epochs=1e9)), 0
    queries = run(registry.load("algorithm", name)(own_schedules(), seed=0), 60, sum_loss)
    for query in queries:
        ledger.charge(query, Evaluation({}, float(query.fidelity.epochs)))
        epochs += query.fidelity.epochs
    assert {query.fidelity[:2] for query in queries} <= {(4, 4), (12, 12), (36, 36), (108, 108)}
    assert len({query.fidelity for query in queries}) >= 3
    assert ledger.epochs == ledger.evaluation_seconds == epochs


@pytest.mark.parametrize("name", CLIMBERS)
def test_refuses_ladders_that_are_not_there(name: str) -> None:
    make = registry.load("algorithm", name)
    with pytest.raises(BadValue, match="schedule = 'half' cannot be used: give one of 'truncated', 'own'"):
        make(own_schedules(), seed=0, schedule="half")
    with pytest.raises(BadValue, match=r"before epoch 108 .* use an algorithm that asks for one fidelity"):
        make(problem(WIDE, [Fidelity(108, 108)]), seed=0)
    with pytest.raises(BadValue, match=r"min_epochs = 1 leaves no shorter .*: 12$"):
        make(epochs_up_to(12), seed=0, eta=3, schedule="own")
    with pytest.raises(BadValue, match=r"min_epochs = 40 leaves no shorter schedule below 108 .*: 4, 12, 36, 108"):
        make(own_schedules(), seed=0, eta=2, min_epochs=40, schedule="own")
    with pytest.raises(BadValue, match=r"eta = 28 .* from 2 to 27"):
        make(own_schedules(), seed=0, eta=28, schedule="own")


def test_the_default_wants_three_rungs_and_not_three_schedules() -> None:
    three = problem(WIDE, [Fidelity(3, 3), Fidelity(4, 4), Fidelity(12, 12)])
    with pytest.raises(BadValue, match='give schedule = "own"'):
        Ladder(three, 3, 1)
    assert rungs(three, schedule="own") == [(4, 4), (12, 12)]


def test_two_schedules_must_be_asked_for() -> None:
    two = problem(WIDE, [Fidelity(3, 3), Fidelity(12, 12)])
    with pytest.raises(BadValue, match='give schedule = "own" to climb its schedules of 3, 12 epochs'):
        Hyperband(two, seed=0)
    queries = run(Hyperband(two, seed=0, schedule="own"), 20, sum_loss)
    assert {query.fidelity for query in queries} == {Fidelity(3, 3), Fidelity(12, 12)}
