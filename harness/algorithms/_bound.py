"""Which architectures are cheap enough to be looked at."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from harness.algorithms._hyper import number
from harness.core import Arch, Benchmark, Query
from harness.errors import BadValue, Unmeasured, unknown
from harness.fidelities import full_fidelity
from harness.latency.table import read_table
from harness.trust import allowed


class Bound(NamedTuple):
    """Whether an architecture is cheap enough; `fingerprint` is that of the file that says so, if one does."""

    allows: Callable[[Arch], bool]
    fingerprint: str = ""


def bound_of(benchmark: Benchmark, bound: str | None, at_most: float | None) -> Bound:
    """Whether the cost of an architecture is at most so much; everything is allowed without a bound.

    `bound` is a metric of the benchmark that is a cost, or a file of operation latencies, in milliseconds.
    """
    if bound is None and at_most is None:
        return Bound(lambda arch: True)
    if bound is None or at_most is None:
        raise BadValue(f"bound = {bound!r} and at_most = {at_most!r}: give both, or neither")
    limit = number("at_most", at_most, 0)
    if bound.endswith(".json"):
        if benchmark.space.name != "nb201":
            raise BadValue(f"tables of latencies are of nb201, not of {benchmark.space.name}: name a cost of it")
        table = read_table(allowed(Path(bound)))
        if benchmark.dataset is not None and benchmark.dataset != table.dataset:
            raise BadValue(
                f"{bound} is a table of networks for {table.dataset}, and {benchmark.name} trains on "
                f"{benchmark.dataset}: make one with nasgauge latency measure --dataset {benchmark.dataset}"
            )
        return Bound(lambda arch: table.latency(arch) <= limit, table.fingerprint)
    costs = [metric.name for metric in benchmark.metrics if metric.split == "cost"]
    if bound not in costs:
        raise unknown(f"cost of {benchmark.name}, nor a .json file of latencies,", bound, costs)
    return Bound(lambda arch: _cost(benchmark, bound, arch) <= limit)


def _cost(benchmark: Benchmark, metric: str, arch: Arch) -> float:
    """What the architecture costs; more than any bound where nobody measured it."""
    try:
        return benchmark.evaluate(Query(arch, full_fidelity(benchmark, metric)), None).metrics[metric]
    except Unmeasured:
        return float("inf")
