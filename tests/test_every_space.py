"""Every search on every space that there is, and the accounts of every search."""

import math
from pathlib import Path

import pytest
from test_algorithms import every_algorithm, make
from toy_problem import problem, run

from harness import registry
from harness.budget import Budget, Ledger
from harness.problem import problem_of
from harness.search import search

SPACES = registry.names("space")
WORKERS = (1, 4)


@every_algorithm
@pytest.mark.parametrize("space", SPACES)
def test_every_search_works_on_every_space(name: str, space: str) -> None:
    given = problem(registry.load("space", space)())
    queries = run(make(name, given, seed=1), 12 if name == "smac" else 30)
    assert len(queries) in (12, 30)
    assert all(given.space.is_valid(query.arch) and query.fidelity in given.fidelities for query in queries)
    for query in queries[:3]:
        assert given.space.index(given.space.decode(given.space.encode(query.arch))) == given.space.index(query.arch)


@every_algorithm
@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("continuation", ["resume", "restart"])
def test_every_ledger_adds_up(data: Path, name: str, workers: int, continuation: str) -> None:
    table = registry.load("benchmark", "synthetic")()
    given = problem_of(table, ("valid_accuracy",))
    ledger = Ledger(Budget(seconds=60.0, continuation=continuation))
    algorithm = make(name, given, **({"min_points": 3} if name == "learning_curve_stopping" else {}))
    records = list(search(table, algorithm, ledger, objectives=given.objectives, seed=0, workers=workers))
    charged = [record.charged for record in records]
    assert ledger.evaluations == len(records)
    assert math.isclose(sum(charged), ledger.evaluation_seconds, rel_tol=1e-12)
    assert (ledger.proxy_seconds, algorithm.spent) == (0.0, 0.0)
    ends = [record.finished for record in records]
    assert ends == sorted(ends)
    begun = [end - cost for end, cost in zip(ends, charged, strict=True)]
    assert max(begun) < 60.0 <= ends[-1] <= 60.0 + max(charged)
    assert sum(charged) <= workers * ends[-1] + 1e-9
    if workers == 1:
        assert math.isclose(ends[-1], sum(charged), rel_tol=1e-12)
