"""Algorithms helped by a proxy, and what that costs."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.budget import Budget, Ledger
from harness.core import Algorithm, Problem, Query, Trial
from harness.errors import BadValue, UnknownName
from harness.experiment.build import build_algorithm
from harness.experiment.config import read_experiment
from harness.problem import metric_named, problem_of
from harness.recorder import columns_of, oracle_of
from harness.registry import load
from harness.search import Record, search
from tabular.store import open_table, write_table
from tabular.table import Table


@pytest.fixture
def table(data: Path) -> Table:
    found: Table = load("benchmark", "synthetic")()
    return found


def records(table: Table, spec: dict[str, object], ledger: Ledger, seed: int = 0) -> list[Record]:
    problem = problem_of(table, ("valid_accuracy",))
    algorithm = build_algorithm(spec, table, problem, seed=seed)
    return list(search(table, algorithm, ledger, objectives=problem.objectives, seed=seed))


def params(table: Table, found: list[Record]) -> list[float]:
    values = table.table("params", table.fidelities[-1])
    return [float(values[table.space.index(record.query.arch)]) for record in found]


@pytest.mark.parametrize(("name", "many"), [("random_search", 8), ("regularized_evolution", 8), ("hyperband", 3)])
def test_a_search_that_is_warmed_up_begins_with_the_best_scored(table, name, many):
    spec = {"name": name, "warmup": {"proxy": "params", "candidates": 300}}
    found = params(table, records(table, spec, Ledger(Budget(evaluations=many))))
    assert found == sorted(found, reverse=True)
    assert min(found) > np.percentile(table.table("params", table.fidelities[-1]), 90)


def test_nothing_is_drawn_twice_after_a_warm_up(table):
    spec = {"name": "random_search", "replace": False, "warmup": {"proxy": "params", "candidates": 20}}
    found = [record.query.arch for record in records(table, spec, Ledger(Budget(evaluations=2000)))]
    assert len(set(found)) == len(found) == 2000


def test_a_move_takes_the_best_of_its_proposals(table):
    plain = records(table, {"name": "regularized_evolution"}, Ledger(Budget(evaluations=200)))
    spec = {"name": "regularized_evolution", "move": {"proxy": "params", "candidates": 20}}
    moved = records(table, spec, Ledger(Budget(evaluations=200)))
    assert moved[:10] == plain[:10]
    assert np.mean(params(table, moved[10:60])) > np.mean(params(table, plain[10:60]))


def test_trainings_that_a_proxy_reads_are_charged_before_the_first_question(table):
    ledger = Ledger(Budget(seconds=1e9, continuation="restart"))
    spec = {"name": "random_search", "warmup": {"proxy": "reduced_epochs", "candidates": 7}}
    algorithm = build_algorithm(spec, table, problem_of(table, ("valid_accuracy",)), seed=0)
    run = search(table, algorithm, ledger, objectives=problem_of(table, ("valid_accuracy",)).objectives, seed=0)
    first = next(run)
    assert ledger.proxy_seconds == algorithm.spent > 7.0
    assert first.finished == ledger.proxy_seconds + first.charged
    second = next(run)
    assert ledger.proxy_seconds == algorithm.spent
    assert second.finished == pytest.approx(ledger.proxy_seconds + ledger.evaluation_seconds)


class Slow(Algorithm):
    """Thinks for 20 ms about every question."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem

    def ask(self) -> Query:
        time.sleep(0.02)
        return Query((0,) * 6, self._problem.fidelities[0])

    def tell(self, trial: Trial) -> None:
        """Nothing to learn."""


@pytest.mark.parametrize("overhead", ["measured", "charged"])
def test_overhead_moves_the_clock_where_it_is_charged(table, overhead):
    problem = problem_of(table, ("valid_accuracy",))
    ledger = Ledger(Budget(evaluations=5, overhead=overhead))
    *_, last = search(table, Slow(problem), ledger, objectives=problem.objectives, seed=0)
    assert ledger.overhead_seconds >= 0.1
    own = last.finished - ledger.evaluation_seconds
    assert own == pytest.approx(0.0, abs=1e-9) if overhead == "measured" else own >= 0.1


def test_what_a_wrapper_cannot_use(table):
    problem = problem_of(table, ("valid_accuracy",))
    for wrapper, error, message in (
        ({"warmup": {"proxy": "random_forest"}}, BadValue, "has to learn"),
        ({"warmup": {"proxy": "parms"}}, UnknownName, "Did you mean 'params'"),
        ({"warmup": {"proxy": "params", "candidates": 0}}, BadValue, "candidates = 0"),
        ({"warmup": {"proxy": "params", "candidate": 3}}, UnknownName, "Did you mean 'candidates'"),
        ({"warmup": {}}, BadValue, "proxy"),
        ({"warmap": {"proxy": "params"}}, UnknownName, "Did you mean 'warmup'"),
    ):
        with pytest.raises(error, match=message):
            build_algorithm({"name": "random_search", **wrapper}, table, problem, seed=0)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('algorithm = [{ name = "random_search", warmup = { proxy = ["params"] } }]', "plain values"),
        ('algorithm = "random_search"\nobjective = []', "is no objective"),
        ('algorithm = "random_search"\nobjective = ["a", "a"]', "is no objective"),
    ],
)
def test_what_a_file_cannot_say(tmp_path, line, message):
    path = tmp_path / "x.toml"
    path.write_text(f'name = "x"\n[[search]]\nbenchmark = "synthetic"\nbudget = {{ evaluations = 3 }}\n{line}\n')
    with pytest.raises(BadValue, match=message):
        read_experiment(path)


@pytest.fixture
def part(table: Table, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Table:
    """The same table, of which every 100th architecture is known."""
    rows = np.full(table.space.size, -1, dtype=np.int32)
    rows[::100] = np.arange(len(rows[::100]))
    content = table.content()
    columns = [replace(column, values=column.values[::100]) for column in content.columns]
    write_table(tmp_path / "tables" / "part", replace(content, columns=columns, rows=rows))
    return open_table(tmp_path / "tables" / "part")


@pytest.mark.parametrize("name", ["random_search", "regularized_evolution", "local_search", "hyperband", "tpe"])
def test_a_search_stays_among_what_was_measured(part, name):
    found = records(part, {"name": name, "measured": {}}, Ledger(Budget(evaluations=100)))
    assert [record.reason for record in found] == [""] * len(found)
    assert {part.space.index(record.query.arch) % 100 for record in found} == {0}
    assert len({record.query.arch for record in found}) > 20
    assert any(record.reason for record in records(part, {"name": name}, Ledger(Budget(evaluations=100))))


def test_the_incumbent_meets_the_constraint_and_further_losses_are_kept(table):
    problem = problem_of(table, ("valid_accuracy", "params"))
    limit = float(np.percentile(table.table("params", table.fidelities[-1]), 30))
    spec = {"name": "regularized_evolution", "constraint": {"at_most": limit}}
    algorithm = build_algorithm(spec, table, problem, seed=0)
    run = search(table, algorithm, Ledger(Budget(evaluations=150)), objectives=problem.objectives, seed=0)
    test = metric_named(table, "test_accuracy")
    columns = columns_of(run, table, test, oracle_of(table, test))
    values = table.table("params", table.fidelities[-1])
    assert columns["loss2"] == values[columns["arch"]].tolist()
    feasible = values[columns["arch"]] <= limit
    assert 0 < feasible.sum() < 150
    begin = int(np.argmax(feasible))
    assert (values[columns["incumbent"][begin:]] <= limit).all()
    best = max(-loss for loss, fits in zip(columns["loss"], feasible, strict=True) if fits)
    assert -columns["valid"][-1] == best
