import math
from collections import Counter
from collections.abc import Mapping

import pytest
import toy_problem

from harness.budget import Budget, Ledger
from harness.core import Algorithm, Benchmark, Evaluation, Fidelity, Metric, Query, Trial
from harness.errors import BadValue, Unmeasured
from harness.fidelities import draw_trial
from harness.problem import problem_of
from harness.recorder import Oracle, columns_of
from harness.registry import load
from harness.search import Record, search

VALID, TEST = Metric("valid_accuracy", "%", True, "valid"), Metric("test_accuracy", "%", True, "test")


class Toy(Benchmark):
    """60 architectures; an epoch takes as many seconds as the options add up to, plus one."""

    name = "toy"
    space = toy_problem.Grid()
    metrics = (VALID, TEST)
    fidelities = (Fidelity(1, 4), Fidelity(2, 4), Fidelity(4, 4))
    seeds = (5, 6, 7)
    provenance: Mapping[str, str] = {}

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        total = float(sum(query.arch))
        value = total + query.fidelity.epochs + (seed or 0) / 100
        return Evaluation({"valid_accuracy": value, "test_accuracy": value - 1}, query.fidelity.epochs * (1 + total))


class Script(Algorithm):
    """Asks what it was told to ask, and remembers what it is told."""

    def __init__(self, queries: list[Query | None]) -> None:
        self.queries, self.told = list(queries), list[Trial]()

    def ask(self) -> Query | None:
        return self.queries.pop(0) if self.queries else None

    def tell(self, trial: Trial) -> None:
        self.told.append(trial)


def run(algorithm: Algorithm, benchmark: Benchmark | None = None, workers: int = 1, **budget: float) -> list[Record]:
    ledger = Ledger(Budget(**(budget or {"evaluations": 10_000})))  # type: ignore[arg-type]
    return list(search(benchmark or Toy(), algorithm, ledger, objectives=(VALID,), seed=3, workers=workers))


def ask(*options: int, epochs: int = 4) -> Query:
    return Query(options, Fidelity(epochs, 4))


def test_what_an_algorithm_is_told_holds_no_test_value() -> None:
    algorithm = Script([ask(1, 1, 1)])
    (record,) = run(algorithm)
    assert algorithm.told == [Trial(ask(1, 1, 1), record.losses, record.charged)]
    assert record.losses == (-record.metrics["valid_accuracy"],)
    assert set(Trial._fields) == {"query", "losses", "seconds"}


def test_a_test_metric_is_no_objective() -> None:
    with pytest.raises(BadValue, match=r"'test_accuracy' is measured on test data.*choose among valid_accuracy"):
        problem_of(Toy(), ("test_accuracy",))
    assert all(metric.split != "test" for metric in problem_of(Toy(), ("valid_accuracy",)).objectives)


def test_one_worker_runs_one_after_another() -> None:
    records = run(Script([ask(0, 0, 0, epochs=1), ask(1, 0, 0, epochs=1), ask(0, 0, 0, epochs=4)]))
    assert [record.charged for record in records] == [1, 2, 3]
    assert [record.finished for record in records] == [1, 3, 6]


def test_workers_are_an_event_queue() -> None:
    slow, quick = ask(3, 2, 4), ask(0, 0, 0)  # 40 and 4 seconds
    records = run(Script([slow, quick, ask(0, 0, 1), ask(0, 1, 1)]), workers=2)
    assert [record.query for record in records] == [quick, ask(0, 0, 1), ask(0, 1, 1), slow]
    assert [record.finished for record in records] == [4, 12, 24, 40]


def test_an_algorithm_that_waits_is_asked_again_after_the_next_result() -> None:
    records = run(Script([ask(0, 0, 0), None, ask(1, 0, 0)]), workers=2)
    assert [record.finished for record in records] == [4, 12]


@pytest.mark.parametrize("workers", [1, 3])
def test_a_budget_is_overspent_by_the_running_evaluations_only(workers: int) -> None:
    algorithm = load("algorithm", "random_search")(problem_of(Toy(), ("valid_accuracy",)), seed=0)
    records = run(algorithm, workers=workers, seconds=100)
    started = [record.finished - record.charged for record in records]
    assert all(start < 100 for start in started)
    assert sum(record.finished > 100 for record in records) <= workers
    assert max(record.finished for record in records) >= 100


def test_the_trial_is_drawn_once_per_run_and_architecture() -> None:
    records = run(Script([ask(1, 1, 1), ask(1, 1, 1, epochs=1), ask(1, 1, 1)]))
    assert len({record.trial for record in records}) == 1
    drawn = Counter(draw_trial(seed, arch, 3) for seed in range(50) for arch in Toy.space.all())
    assert all(900 < drawn[trial] < 1100 for trial in range(3))
    assert draw_trial(0, (1, 2, 3), 3) == 0  # the same in every process and on every machine


def test_the_mean_is_asked_for_as_a_study_says() -> None:
    ledger = Ledger(Budget(evaluations=1))
    (record,) = search(Toy(), Script([ask(1, 1, 1)]), ledger, objectives=(VALID,), seed=0, trial="mean")
    assert record.trial is None


class Sparse(Toy):
    """Some trials were never measured; of architectures that start with 3, none was."""

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        if query.arch[0] == 3 or seed == 6:
            raise Unmeasured(f"{query.arch} was never trained")
        return super().evaluate(query, seed)


def test_a_missing_trial_is_drawn_again_and_a_missing_architecture_is_a_failure_with_its_reason() -> None:
    algorithm = Script([ask(0, 0, option) for option in range(5)] + [ask(3, 0, 0)])
    *measured, failed = run(algorithm, Sparse())
    assert all(record.trial in (5, 7) and not record.reason for record in measured)
    assert (failed.losses, failed.charged, failed.reason) == ((math.inf,), 0.0, "(3, 0, 0) was never trained")


class Broken(Toy):
    """Answers NaN."""

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        return Evaluation({"valid_accuracy": math.nan}, 1.0)


def test_a_nan_objective_is_an_error_and_never_a_loss() -> None:
    with pytest.raises(BadValue, match=r"toy answered NaN for valid_accuracy of 1-1-1; .* or raises Unmeasured"):
        run(Script([ask(1, 1, 1)]), Broken())


class Untimed(Toy):
    """Does not say how long training takes."""

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        return super().evaluate(query, seed)._replace(seconds=math.nan)


def test_without_seconds_evaluations_finish_in_the_order_of_the_questions() -> None:
    queries = [ask(0, 0, option) for option in range(5)] + [ask(0, 0, 0, epochs=1), ask(3, 2, 4)]
    for workers in (1, 3):
        algorithm = Script(list(queries))
        records = run(algorithm, Untimed(), workers, evaluations=6)
        assert [record.query for record in records] == queries[:6]
        assert [trial.query for trial in algorithm.told] == queries[:6]
        assert all(math.isnan(record.charged) and math.isnan(record.finished) for record in records)
        assert all(math.isfinite(record.losses[0]) for record in records)


class PartlyTimed(Untimed):
    """Knows the seconds of architectures that start with 0."""

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        return Toy().evaluate(query, seed) if query.arch[0] == 0 else super().evaluate(query, seed)


def test_an_unknown_time_ends_after_all_known_ones() -> None:
    queries = [ask(1, 0, 0), ask(0, 0, 1), ask(0, 0, 0)]
    records = run(Script(list(queries)), PartlyTimed(), workers=3)
    assert [record.query for record in records] == [queries[2], queries[1], queries[0]]
    assert [record.finished for record in records[:2]] == [4, 8]
    assert math.isnan(records[2].finished)


def test_a_budget_in_seconds_needs_seconds() -> None:
    with pytest.raises(
        BadValue, match=r"toy does not say how many seconds 1-0-0 takes at .*: give the budget in epochs"
    ):
        run(Script([ask(0, 0, 0), ask(1, 0, 0)]), PartlyTimed(), seconds=100)


class Empty(Toy):
    """Knows nothing."""

    def evaluate(self, query: Query, seed: int | None) -> Evaluation:
        raise Unmeasured("nothing was measured")


def test_endless_failure_is_an_error() -> None:
    algorithm = load("algorithm", "regularized_evolution")(problem_of(Toy(), ("valid_accuracy",)), seed=0)
    with pytest.raises(BadValue, match=r"1000 evaluations in a row failed on toy; the last: nothing was measured"):
        run(algorithm, Empty(), seconds=5)


def record(arch: tuple[int, ...], epochs: int, loss: float, reason: str = "") -> Record:
    metrics = {} if reason else {"valid_accuracy": -loss, "test_accuracy": -loss - 5}
    return Record(ask(*arch, epochs=epochs), 5, (loss,), 1.0, 1.0, metrics, reason, loss)


def test_the_incumbent_is_the_best_at_the_highest_fidelity() -> None:
    records = [
        record((0, 0, 0), 1, -90),
        record((0, 0, 1), 1, -80),
        record((0, 0, 2), 4, -50),
        record((0, 0, 3), 1, -99),
        record((0, 0, 4), 4, -60),
        record((0, 1, 0), 4, math.inf, "it failed"),
    ]
    index = Toy.space.index
    expected = [index((0, 0, i)) for i in (0, 0, 2, 2, 4, 4)]
    live = columns_of(records, Toy(), TEST, None)
    assert live["incumbent"] == expected
    assert live["test"] == [85, 85, 45, 45, 55, 55]
    oracle = Oracle({i: float(i) for i in range(60)}, 59.0, True)
    assert columns_of(records, Toy(), TEST, oracle)["test"] == list(map(float, expected))
    assert live["reason"][-1] == "it failed"
