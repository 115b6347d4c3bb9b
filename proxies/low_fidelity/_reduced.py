"""Less training as a proxy: a metric of the benchmark, read at a fidelity below the full one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, Benchmark, Fidelity, Metric, Proxy, Query
from harness.errors import BadValue, Unmeasured, unknown


class Reduced(Proxy):
    """A metric at one fidelity, negated where less is better; it answers from one training, the `trial`."""

    def __init__(self, benchmark: Benchmark, fidelity: Fidelity, metric: str, trial: int) -> None:
        if fidelity not in benchmark.fidelities:
            raise BadValue(
                f"{benchmark.name} has no fidelity {_words(fidelity)} (epochs/schedule/data); "
                f"give one of {', '.join(map(_words, benchmark.fidelities))}"
            )
        if trial not in benchmark.seeds:
            raise BadValue(
                f"{benchmark.name} has no trial {trial!r}; give one of {', '.join(map(str, benchmark.seeds))}"
            )
        self.fidelity, self.trial = fidelity, trial
        self._benchmark, self._metric = benchmark, _find(benchmark, metric)

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Nothing to learn."""

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """The metric, higher is better, shape (architectures,); NaN where it was not measured.

        `spent` grows by the seconds that training each of them from scratch to the fidelity takes.
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


def default_trial(benchmark: Benchmark, seed: int) -> int:
    """The benchmark's seeds in turn."""
    return benchmark.seeds[seed % len(benchmark.seeds)]


def _find(benchmark: Benchmark, name: str) -> Metric:
    for metric in benchmark.metrics:
        if metric.name == name:
            return metric
    raise unknown("metric", name, (metric.name for metric in benchmark.metrics))


def _words(fidelity: Fidelity) -> str:
    return f"{fidelity.epochs}/{fidelity.schedule}/{fidelity.data:g}"
