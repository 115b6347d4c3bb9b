"""Random search on the real NAS-Bench-201 table does what the analytic expectation says."""

from pathlib import Path

import numpy as np
import pytest

from harness.budget import Budget, Ledger
from harness.core import Fidelity
from harness.experiment.config import read_experiment
from harness.experiment.plan import plan
from harness.problem import metric_named, problem_of
from harness.recorder import columns_of, oracle_of
from harness.registry import load
from harness.search import search
from harness.statistics.mean import mean_interval
from harness.statistics.random_search import expected_best
from tabular.library import import_tables
from tabular.table import Table

COLUMNS = [
    "val12_cifar10=valid_accuracy@12:0",
    "test12_cifar10=test_accuracy@12:0",
    "test200_mean_cifar10=test_accuracy@200",
    "train_time200_s_cifar10/200=seconds_per_epoch",
]
DRAWS = (1, 10, 100, 1000)
SEEDS = 500


@pytest.fixture
def nb201(real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Table:
    monkeypatch.setenv("NASGAUGE_DATA", str(tmp_path))
    (table,) = import_tables(
        "table", real_data / "nb201_accuracy.parquet", "nb201-cifar10", space="nb201", columns=COLUMNS, index="idx"
    )
    return table


@pytest.mark.real_data
def test_random_search_agrees_with_its_expectation(nb201: Table) -> None:
    problem = problem_of(nb201, ("valid_accuracy",))
    test = metric_named(nb201, "test_accuracy")
    oracle = oracle_of(nb201, test)
    assert oracle is not None
    found = np.empty((SEEDS, len(DRAWS)))
    for seed in range(SEEDS):
        algorithm = load("algorithm", "random_search")(problem, seed=seed, epochs=12)
        ledger = Ledger(Budget(evaluations=max(DRAWS)))
        records = search(nb201, algorithm, ledger, objectives=problem.objectives, seed=seed)
        curve = columns_of(records, nb201, test, oracle)["test"]
        found[seed] = [curve[k - 1] for k in DRAWS]
    valid = nb201.table("valid_accuracy", Fidelity(12, 12))
    expected = expected_best(valid, nb201.table("test_accuracy", Fidelity(200, 200)), DRAWS)
    for k, values, analytic in zip(DRAWS, found.T, expected, strict=True):
        interval = mean_interval(values, level=0.99)  # four checks at once, so that one in 25 fails by chance at most
        assert interval.low <= analytic <= interval.high, (k, interval, analytic)


def test_where_time_passes_otherwise_there_is_no_analytic_curve(tmp_path: Path) -> None:
    text = 'name = "x"\n[[search]]\nbenchmark = "digits201"\nalgorithm = "random_search"\nseeds = 1\n'
    for more, known in (
        ("budget = { seconds = 1 }", True),
        ("budget = { seconds = 1 }\nworkers = 2", False),
        ('budget = { seconds = 1, overhead = "charged" }', False),
    ):
        (tmp_path / "x.toml").write_text(text + more)
        _, manifest = plan(read_experiment(tmp_path / "x.toml"))
        assert (manifest["studies"][0]["random_search"] is not None) == known
