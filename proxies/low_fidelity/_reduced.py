"""Less training as a proxy: a metric of the benchmark, read at a fidelity below the full one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, Benchmark, Fidelity, Metric, Proxy, Query, TabularBenchmark
from harness.errors import BadValue, Unmeasured, unknown
from harness.fidelities import trials_of


class Reduced(Proxy):
    """A metric at one fidelity, negated where less is better, of the training `trial`, or of their mean (None)."""

    def __init__(self, benchmark: Benchmark, fidelity: Fidelity, metric: str, trial: int | None) -> None:
        self.fidelity, self.trial = fidelity, trial
        self._benchmark, self._metric = benchmark, _find(benchmark, metric)
        _check(benchmark, fidelity, metric, trial)

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Nothing to learn."""

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """The metric, higher is better, shape (architectures,); NaN where it was not measured.

        `spent` grows by the seconds that training each of them from scratch to the fidelity takes: NaN when the
        benchmark does not know them.
        """
        return np.array([self._score(arch) for arch in archs], dtype=float)

    def _score(self, arch: Arch) -> float:
        try:
            evaluation = self._benchmark.evaluate(Query(arch, self.fidelity), self.trial)
        except Unmeasured:
            return float("nan")
        self.spent += evaluation.seconds
        value = evaluation.metrics.get(self._metric.name, float("nan"))
        return value if self._metric.maximize else -value


def resolve_trial(
    benchmark: Benchmark, metric: str, fidelity: Fidelity, seed: int, trial: int | str | None
) -> int | None:
    """The benchmark's seed to read from, None for their mean; by default the seeds, where there are any, take turns."""
    if trial == "mean":
        return None
    seeds = trials_of(benchmark, metric, fidelity)
    if trial is None:
        return seeds[seed % len(seeds)] if seeds else None
    if trial not in seeds:
        listed = ", ".join(map(str, (*seeds, "mean")))
        raise BadValue(f"{benchmark.name} has no trial {trial!r}; give one of {listed}")
    return int(trial)


def _check(benchmark: Benchmark, fidelity: Fidelity, metric: str, trial: int | None) -> None:
    """A `BadValue` for a fidelity that the benchmark lacks, `Unmeasured` where it can answer for no architecture."""
    if fidelity not in benchmark.fidelities:
        raise BadValue(
            f"{benchmark.name} has no fidelity {_words(fidelity)} (epochs/schedule/data); "
            f"give one of {', '.join(map(_words, benchmark.fidelities))}"
        )
    if isinstance(benchmark, TabularBenchmark):
        try:
            benchmark.table(metric, fidelity, trial)
        except Unmeasured as error:
            raise Unmeasured(f'{error} Choose another trial; trial = "mean" is the mean over seeds.') from error


def _find(benchmark: Benchmark, name: str) -> Metric:
    for metric in benchmark.metrics:
        if metric.name == name:
            return metric
    raise unknown("metric", name, (metric.name for metric in benchmark.metrics))


def _words(fidelity: Fidelity) -> str:
    return f"{fidelity.epochs}/{fidelity.schedule}/{fidelity.data}"
