"""Milliseconds of a search run of 1,000 evaluations on `digits201`: `python tests/bench_search.py`."""

import time

from harness.budget import Budget, Ledger
from harness.experiment.build import open_benchmark
from harness.problem import metric_named, problem_of
from harness.recorder import columns_of, oracle_of
from harness.registry import load, names
from harness.search import search

EVALUATIONS = 1000


def main() -> None:
    table = open_benchmark({"name": "digits201"})
    problem, test = problem_of(table, ("valid_accuracy",)), metric_named(table, "test_accuracy")
    oracle = oracle_of(table, test)
    print(f"{EVALUATIONS} evaluations, best of 7 runs, ms: the loop, of which ask and tell, and recording")
    for name in names("algorithm"):
        runs = []
        for seed in range(7):
            algorithm = load("algorithm", name)(problem, seed=seed)
            ledger = Ledger(Budget(evaluations=EVALUATIONS))
            began = time.perf_counter()
            records = list(search(table, algorithm, ledger, objectives=problem.objectives, seed=seed))
            searched = time.perf_counter()
            columns_of(records, table, test, oracle)
            runs.append((searched - began, ledger.overhead_seconds, time.perf_counter() - searched))
        print(f"{name:24}" + "".join(f"{1e3 * seconds:9.1f}" for seconds in min(runs)))


if __name__ == "__main__":
    main()
