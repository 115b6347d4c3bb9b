"""The exact front of a table, which searches of several objectives are judged by and never see."""

from typing import Any

import numpy as np

from harness.core import Benchmark
from harness.problem import metric_named
from harness.recorder import worth_of
from harness.statistics.pareto import non_dominated
from harness.statistics.reference import reference_point


def exact_front(benchmark: Benchmark, test: str, objectives: list[str]) -> dict[str, Any]:
    """The different non-dominated values of (test metric, objectives but the first) as `front`, best test value first.

    `reference` is the point up to which hypervolumes are measured, in the same units. Both are None where only training
    would tell, and where no architecture was measured in all of them.
    """
    worth = worth_of(benchmark, metric_named(benchmark, test), [metric_named(benchmark, name) for name in objectives])
    unknown = {"front": None, "reference": None}
    if worth.values is None:
        return unknown
    sign = np.array([-1.0 if metric.maximize else 1.0 for metric in worth.metrics])
    losses = sign * worth.values.T
    losses = losses[np.isfinite(losses).all(axis=1)]
    if not len(losses):
        return unknown
    front = np.unique(losses[non_dominated(losses)], axis=0)
    # Adding zero makes 0 of the -0 that a turned sign leaves.
    return {"front": (sign * front + 0.0).tolist(), "reference": (sign * reference_point(losses) + 0.0).tolist()}
