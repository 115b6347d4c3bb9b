"""What every algorithm must do; a new one is tested by being found.

`PYTHONPATH=. python tests/test_algorithms.py` records the golden traces again: a changed trace is a breaking change.
"""

import json
import os
import random
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from toy_problem import PROBLEMS, Grid, failing, loss, problem, run, sometimes_failing, told

from harness import registry
from harness.core import Algorithm, Fidelity, Metric, Problem, Query
from harness.errors import BadValue

NAMES = registry.names("algorithm")
GOLDEN = Path(__file__).parent / "golden" / "algorithms.json"
Trace = list[list[list[int] | int]]

QUICK = {"smac": {"retrain": 100, "challengers": 10, "local_searches": 1}}
"""Settings for the libraries that take a tenth of a second a question; they are asked fewer, too."""

GIVEN = {
    "nash": {"benchmark": None, "lineage": "toy_lineage:ToyLineage"},
    "one_shot": {"benchmark": None, "supernet": {"name": "toy_supernet:ToySupernet"}, "population": 10},
}
"""What algorithms need beside a problem: those that train a network train none here."""


def needs(name: str) -> tuple[str, ...]:
    """The optional modules that an algorithm works with: the constant NEEDS of its file."""
    return getattr(sys.modules[registry.load("algorithm", name).__module__], "NEEDS", ())


def missing(name: str) -> list[str]:
    return [module for module in needs(name) if find_spec(module) is None]


def skipped_without(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(bool(missing(name)), reason=f"needs {', '.join(missing(name))}")


AT_HAND = [name for name in NAMES if not missing(name)]
OURS = [name for name in NAMES if not needs(name)]
"""Those with a golden trace: the questions of the others may change with a release of their library."""

every_algorithm = pytest.mark.parametrize("name", [pytest.param(name, marks=skipped_without(name)) for name in NAMES])
every_problem = pytest.mark.parametrize("where", PROBLEMS)


def make(name: str, given: Problem | None = None, seed: int = 0, **hyper: object) -> Algorithm:
    item = registry.load("algorithm", name)
    algorithm: Algorithm = item(
        given or problem(), seed=seed, **{**QUICK.get(name, {}), **GIVEN.get(name, {}), **hyper}
    )
    return algorithm


def steps_of(name: str) -> int:
    return 45 if name in QUICK else 150


def trace(name: str, seed: int = 0) -> Trace:
    return [[list(query.arch), query.fidelity.epochs] for query in run(make(name, seed=seed), 16)]


def run_parallel(algorithm: Algorithm, steps: int, workers: int, seed: int) -> list[Query]:
    """The questions when `workers` trials run at once and end in random order."""
    order = random.Random(seed)
    queries: list[Query] = []
    running: list[Query] = []
    while len(queries) < steps:
        query = algorithm.ask() if len(running) < workers else None
        if query is not None:
            queries.append(query)
            running.append(query)
        elif running:
            ended = running.pop(order.randrange(len(running)))
            algorithm.tell(told(ended, sometimes_failing(ended)))
        else:
            break
    return queries


def test_finds_the_algorithms() -> None:
    five = {"hyperband", "local_search", "random_search", "regularized_evolution", "successive_halving"}
    assert five <= set(NAMES)


@pytest.mark.parametrize("name", OURS)
def test_golden_trace(name: str) -> None:
    golden = json.loads(GOLDEN.read_text())
    assert name in golden, f"{name} has no golden trace yet; the head of this file says how to record it"
    assert trace(name) == golden[name]


@every_algorithm
def test_seed_decides(name: str) -> None:
    assert trace(name, 3) == trace(name, 3)
    assert trace(name, 3) != trace(name, 4)


def test_same_questions_in_another_process() -> None:
    code = "import json, test_algorithms as t; print(json.dumps({name: t.trace(name, 5) for name in t.AT_HAND}))"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    env = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": path}
    answer = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout) == {name: trace(name, 5) for name in AT_HAND}


@every_algorithm
@every_problem
@pytest.mark.parametrize("answer", [loss, sometimes_failing, failing])
def test_asks_what_there_is(name: str, where: str, answer) -> None:
    given, steps = PROBLEMS[where], steps_of(name)
    queries = run(make(name, given), steps, answer)
    assert len(queries) in (steps, given.space.size)
    assert all(given.space.is_valid(query.arch) and query.fidelity in given.fidelities for query in queries)
    assert all(type(option) is int for query in queries for option in query.arch)


@every_algorithm
@every_problem
@pytest.mark.parametrize("workers", [2, 7, 40])
def test_tells_in_any_order(name: str, where: str, workers: int) -> None:
    given, steps = PROBLEMS[where], steps_of(name)
    queries = run_parallel(make(name, given), steps, workers, seed=workers)
    assert len(queries) in (steps, given.space.size)
    assert queries == run_parallel(make(name, given), steps, workers, seed=workers)
    assert all(given.space.is_valid(query.arch) and query.fidelity in given.fidelities for query in queries)


@every_algorithm
@pytest.mark.parametrize("choices", [(1,), (2,), (1, 3), (2, 2)])
def test_tiny_spaces_end_or_go_on(name: str, choices: tuple[int, ...]) -> None:
    given = problem(Grid(choices))
    algorithm = make(name, given)
    queries = run(algorithm, 100)
    assert len(queries) in (100, given.space.size)
    if len(queries) < 100:
        assert [algorithm.ask() for _ in range(3)] == [None] * 3


@every_algorithm
def test_leaves_the_global_generators_alone(name: str) -> None:
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    run(make(name), 50)
    assert before == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002


@every_algorithm
def test_unknown_hyperparameter(name: str) -> None:
    with pytest.raises(TypeError, match="nonsense"):
        make(name, nonsense=1)


BAD = [
    ("random_search", {"replace": "no"}, "replace = 'no'"),
    ("random_search", {"epochs": 13}, "no fidelity has epochs = 13; there are epochs = 1, schedule = 12, data = 1.0;"),
    ("random_search", {"schedule": 12}, "schedule = 12 fits 12 fidelities"),
    ("random_search", {"epochs": 12, "data": 0.5}, "no fidelity has epochs = 12, data = 0.5"),
    ("regularized_evolution", {"population": 0}, "population = 0 cannot be used: .* at least 1"),
    ("regularized_evolution", {"population": 2.5}, "population = 2.5"),
    ("regularized_evolution", {"population": True}, "population = True"),
    ("regularized_evolution", {"sample": 0}, "sample = 0 .* from 1 to 10"),
    ("regularized_evolution", {"sample": 11}, "sample = 11 .* from 1 to 10"),
    ("regularized_evolution", {"epochs": 0}, "no fidelity has epochs = 0"),
    ("local_search", {"first_improvement": 1}, "first_improvement = 1"),
    ("local_search", {"epochs": "all"}, "no fidelity has epochs = 'all'"),
    ("successive_halving", {"eta": 1}, "eta = 1 .* from 2 to 12"),
    ("successive_halving", {"eta": 13}, "eta = 13 .* from 2 to 12"),
    ("successive_halving", {"n": 8}, "n = 8 .* at least 9"),
    ("successive_halving", {"min_epochs": 0}, "min_epochs = 0 .* from 1 to 6"),
    ("hyperband", {"eta": 2.5}, "eta = 2.5"),
    ("hyperband", {"eta": 3, "min_epochs": 7}, "min_epochs = 7 .* from 1 to 6"),
    ("hyperband", {"eta": 3, "min_epochs": 5}, "eta = 3 .* from 2 to 2"),
]


@pytest.mark.parametrize(("name", "hyper", "message"), BAD)
def test_refuses_bad_values(name: str, hyper: dict[str, object], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        make(name, **hyper)


@pytest.mark.parametrize("name", ["regularized_evolution", "local_search", "successive_halving", "hyperband"])
def test_refuses_a_second_objective_that_it_would_ignore(name: str) -> None:
    two = problem()._replace(objectives=(*problem().objectives, Metric("flops", "M", False, "cost")))
    with pytest.raises(BadValue, match="valid_accuracy, flops"):
        make(name, two)


@pytest.mark.parametrize("name", ["random_search", "regularized_evolution", "local_search"])
def test_asks_at_the_fidelity_named(name: str) -> None:
    both = problem(fidelities=[Fidelity(3, 3, 0.5), Fidelity(3, 3), Fidelity(3, 12), Fidelity(12, 12)])

    def asked(**hyper: object) -> set[Fidelity]:
        return {query.fidelity for query in run(make(name, both, **hyper), 30)}

    assert asked() == asked(epochs=12) == {Fidelity(12, 12)}
    assert asked(epochs=3, schedule=12) == {Fidelity(3, 12)}
    assert asked(data=0.5) == {Fidelity(3, 3, 0.5)}
    with pytest.raises(BadValue, match=r"fits 3 fidelities.*epochs = 3, schedule = 3, data = 0.5; epochs = 3"):
        asked(epochs=3)


if __name__ == "__main__":
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(trace(name))}" for name in OURS)
    GOLDEN.write_text(f"{{\n{lines}\n}}\n")
