import pytest

from harness.budget import Budget, Ledger
from harness.core import Evaluation, Fidelity, Query
from harness.errors import BadValue

A, B = (0, 1), (1, 1)


def charge(ledger: Ledger, arch: tuple[int, ...], epochs: int, schedule: int = 9, data: float = 1.0) -> float:
    return ledger.charge(Query(arch, Fidelity(epochs, schedule, data)), Evaluation({}, 10.0 * epochs))


def test_resume_charges_only_the_new_epochs() -> None:
    ledger = Ledger(Budget(seconds=1e9))
    assert [charge(ledger, A, 1), charge(ledger, A, 3), charge(ledger, B, 3), charge(ledger, A, 9)] == [10, 20, 30, 60]
    assert (ledger.evaluations, ledger.epochs, ledger.evaluation_seconds) == (4, 12, 120)


def test_restart_charges_everything() -> None:
    ledger = Ledger(Budget(seconds=1e9, continuation="restart"))
    assert [charge(ledger, A, 1), charge(ledger, A, 3), charge(ledger, A, 9)] == [10, 30, 90]
    assert ledger.epochs == 13


def test_another_schedule_or_part_of_the_data_is_another_training() -> None:
    ledger = Ledger(Budget(seconds=1e9))
    assert [charge(ledger, A, 3), charge(ledger, A, 5, schedule=5), charge(ledger, A, 9, data=0.5)] == [30, 50, 90]
    assert ledger.epochs == 3 + 5 + 4.5


def test_the_same_question_is_charged_again_and_fewer_epochs_are_a_new_training() -> None:
    ledger = Ledger(Budget(seconds=1e9))
    assert [charge(ledger, A, 3), charge(ledger, A, 3), charge(ledger, A, 1), charge(ledger, A, 9)] == [30, 30, 10, 60]


def test_a_budget_is_spent_when_it_is_reached() -> None:
    for budget, clock in ((Budget(seconds=30), 30.0), (Budget(epochs=3), 0.0), (Budget(evaluations=1), 0.0)):
        ledger = Ledger(budget)
        assert not ledger.spent(0.0)
        charge(ledger, A, 3)
        assert ledger.spent(clock)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seconds": 0}, "a budget of 0 seconds: give a number above 0"),
        ({"evaluations": -1}, "a budget of -1 evaluations"),
        ({"seconds": float("nan")}, "a budget of nan seconds"),
        ({"epochs": float("inf")}, "a budget of inf epochs"),
        ({}, "given: none"),
        ({"seconds": 1, "epochs": 1}, "given: seconds, epochs"),
        ({"seconds": 1, "continuation": "again"}, "continuation 'again'"),
    ],
)
def test_a_bad_budget_says_what_is_wrong(given: dict[str, float], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        Budget(**given)  # type: ignore[arg-type]
