"""The funnel and its arithmetic."""

import pytest
from ladders import epochs_up_to, own_schedules, sum_loss
from toy_problem import Grid, problem, run

from harness.algorithms.funnel import Arithmetic, Funnel, arithmetic, parse
from harness.budget import Budget, Continuation, Ledger
from harness.core import Evaluation, Problem, Query
from harness.errors import BadValue


def questions(given: Problem, steps: int, **hyper: str) -> list[Query]:
    return run(Funnel(given, seed=0, **hyper), steps, sum_loss)


def test_the_usual_funnel_scaled_to_the_schedule() -> None:
    for given, brief, full in [(epochs_up_to(100), 5, 100), (epochs_up_to(12), 1, 12), (own_schedules(), 4, 108)]:
        queries = questions(given, 1010)
        assert [query.fidelity.epochs for query in queries] == [brief] * 1000 + [full] * 10
        low = [query.arch for query in queries[:1000]]
        assert len(set(low)) == 1000
        assert [query.arch for query in queries[1000:]] == sorted(low)[:10]


def test_stages_as_written_and_then_again() -> None:
    queries = questions(epochs_up_to(12), 34, stages="12@1, 4@3,1@12")
    assert [query.fidelity.epochs for query in queries] == ([1] * 12 + [3] * 4 + [12]) * 2
    assert queries[16].arch == min(query.arch for query in queries[:12])
    assert {query.arch for query in queries[:12]} != {query.arch for query in queries[17:29]}


def test_a_small_space_is_the_first_stage() -> None:
    queries = questions(problem(Grid((3, 2))), 13)
    assert [query.fidelity.epochs for query in queries] == [1] * 6 + [12] * 6 + [1]


def test_own_schedules_when_asked_for() -> None:
    queries = questions(own_schedules(), 13, stages="9@12,3@36,1@108")
    assert [query.fidelity[:2] for query in queries] == [(12, 12)] * 9 + [(36, 36)] * 3 + [(108, 108)]
    with pytest.raises(BadValue, match=r"stage 9@12 cannot be trained: the 108-epoch ladder has 54, 108$"):
        questions(own_schedules(), 1, stages="9@12,3@36,1@108", schedule="truncated")


def test_arithmetic_of_the_usual_funnel() -> None:
    stages = parse("1000@5,10@100")
    assert arithmetic(stages) == Arithmetic(spent=5950, full=100_000)
    assert arithmetic(stages, "restart") == Arithmetic(spent=6000, full=100_000)
    assert arithmetic(stages).saved == 94_050
    assert arithmetic([(7, 30)]) == Arithmetic(210, 210)


@pytest.mark.parametrize("continuation", ["resume", "restart"])
@pytest.mark.parametrize("text", ["12@1,4@3,1@12", "30@2,30@4,2@12", "5@12"])
def test_arithmetic_is_what_the_ledger_charges(text: str, continuation: Continuation) -> None:
    ledger = Ledger(Budget(epochs=1e9, continuation=continuation))
    stages = parse(text)
    for query in questions(epochs_up_to(12), sum(n for n, _ in stages), stages=text):
        ledger.charge(query, Evaluation({}, 1.0))
    assert ledger.epochs == arithmetic(stages, continuation).spent


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1000", "write architectures@epochs for each stage"),
        ("", "write architectures@epochs"),
        ("ten@5", "write architectures@epochs"),
        ("10@1@2", "write architectures@epochs"),
        ("10.5@1", "write architectures@epochs"),
        (1000, "stages = 1000 cannot be used"),
        ("10@1,20@12", "no more of them than the one before"),
        ("10@4,5@4", "and more epochs"),
        ("10@4,5@3", "and more epochs"),
        ("0@1", "at least one architecture"),
        ("10@0,1@12", "and more epochs"),
        ("10@1,0@12", "at least one architecture"),
        ("10@1,1@13", "stage 1@13 cannot be trained: the 12-epoch ladder has 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12$"),
    ],
)
def test_refuses_bad_stages(text: str, message: str) -> None:
    with pytest.raises(BadValue, match=message):
        Funnel(epochs_up_to(12), seed=0, stages=text)


def test_arithmetic_refuses_what_is_no_funnel() -> None:
    with pytest.raises(BadValue, match="'1@5,2@6' cannot be used"):
        arithmetic([(1, 5), (2, 6)])
    with pytest.raises(BadValue, match="cannot be used"):
        arithmetic([])
