"""How fronts and hypervolumes compare with moocore's in time: `python tests/bench_pareto.py`."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import moocore
import numpy as np

from harness.statistics.hypervolume import hypervolume, hypervolume_curve
from harness.statistics.pareto import non_dominated

N, ROUNDS = 15_625, 15


def main() -> None:
    print(f"n = {N}; wall-clock, best of {ROUNDS} rounds in which both sides take turns")
    for objectives in (2, 3):
        for name, table in tables(objectives).items():
            reference = np.full(objectives, 1.1)
            ours, theirs = hypervolume(table, reference), moocore.hypervolume(table, ref=reference)
            volumes = partial(hypervolume, table, reference), partial(moocore.hypervolume, table, ref=reference)
            report(f"hypervolume, {objectives}-D, {name} (differ by {abs(ours - theirs):.0e})", *turns(*volumes))
            fronts = partial(non_dominated, table), partial(moocore.is_nondominated, table, keep_weakly=True)
            same = "same" if np.array_equal(fronts[0](), fronts[1]()) else "DIFFERENT"
            report(f"non-dominated, {objectives}-D, {name} ({same})", *turns(*fronts))
    table = tables(2)["scattered"]
    began = time.perf_counter()
    hypervolume_curve(table, np.full(2, 1.1))
    print(f"  hypervolume after each of {N} evaluations, 2-D: {(time.perf_counter() - began) * 1e3:.1f} ms")


def tables(objectives: int) -> dict[str, Any]:
    """Points of which few are on the front, and points that all are."""
    rng = np.random.default_rng(objectives)
    sphere = np.abs(rng.normal(size=(N, objectives)))
    return {
        "scattered": rng.random((N, objectives)),
        "all on a front": 1 - sphere / np.linalg.norm(sphere, axis=1)[:, None],
    }


def turns(ours: Callable[[], Any], theirs: Callable[[], Any]) -> tuple[float, float]:
    """Best seconds of each."""
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for side, call in enumerate((ours, theirs)):
            began = time.perf_counter()
            call()
            best[side] = min(best[side], time.perf_counter() - began)
    return best[0], best[1]


def report(name: str, ours: float, theirs: float) -> None:
    print(f"  {name:62s} ours {ours * 1e3:8.2f} ms   moocore {theirs * 1e3:8.2f} ms   ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
