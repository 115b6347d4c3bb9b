"""What every search takes on `digits201`: microseconds a step, fits included, and what it finds in 150 evaluations.

For orientation, on machines of this kind: NATS-Bench's own loops make about 2,500 steps a second once warm (400 us a
step), Syne Tune's simulator 40 to 780 trials a second, NASLib 7 queries a second and its BANANAS 0.2.
"""

import argparse
import time

import numpy as np

from harness.budget import Budget, Ledger
from harness.core import Algorithm, Benchmark
from harness.errors import BadValue
from harness.problem import metric_named, problem_of
from harness.recorder import columns_of, oracle_of
from harness.registry import load, names
from harness.search import search


def run(benchmark: Benchmark, name: str, seed: int, evaluations: int) -> tuple[float, float, float]:
    """Seconds in `ask` and `tell` and in all, and the test accuracy of the incumbent at the end."""
    problem = problem_of(benchmark, ("valid_accuracy",))
    algorithm: Algorithm = load("algorithm", name)(problem, seed=seed)
    ledger = Ledger(Budget(evaluations=evaluations))
    test = metric_named(benchmark, "test_accuracy")
    began = time.perf_counter()
    records = list(search(benchmark, algorithm, ledger, objectives=problem.objectives, seed=seed))
    taken = time.perf_counter() - began
    return ledger.overhead_seconds, taken, columns_of(records, benchmark, test, oracle_of(benchmark, test))["test"][-1]


def main() -> None:
    """Print a row for each algorithm that can be built here."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=3)
    options.add_argument("--evaluations", type=int, default=150)
    chosen = options.parse_args()
    benchmark = load("benchmark", "digits201")()
    print(f"{'algorithm':26}{'us a step':>12}{'with look-ups':>16}{'test accuracy':>16}")
    for name in names("algorithm"):
        try:
            found = [run(benchmark, name, seed, chosen.evaluations) for seed in range(chosen.seeds)]
        except BadValue as error:
            print(f"{name:26}{str(error)[:90]}")
            continue
        overhead, taken, test = np.array(found).T
        step = 1e6 / chosen.evaluations
        print(f"{name:26}{overhead.min() * step:12.1f}{taken.min() * step:16.1f}{test.mean():16.2f}", flush=True)


if __name__ == "__main__":
    main()
