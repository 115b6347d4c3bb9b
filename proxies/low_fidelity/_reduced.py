"""Less training as a proxy: a metric of a benchmark, read at a fidelity below the full one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, Benchmark, Fidelity, Proxy, Query, TabularBenchmark
from harness.errors import BadValue, Unmeasured
from harness.fidelities import refuse_unless_offered
from harness.fingerprint import fingerprint_of
from harness.problem import metric_named
from proxies.low_fidelity._source import CHUNK, column


class Reduced(Proxy):
    """A metric at one fidelity, negated where less is better, of the training `trial`, or of their mean (None).

    What trains when it is asked is scored in chunks; the fingerprint is that of the benchmark that is read.
    """

    def __init__(self, benchmark: Benchmark, fidelity: Fidelity, metric: str, trial: int | None) -> None:
        self.fidelity, self.trial = fidelity, trial
        self.fingerprint = fingerprint_of(benchmark)
        self.chunk = None if isinstance(benchmark, TabularBenchmark) else CHUNK
        self._benchmark, self._metric = benchmark, metric_named(benchmark, metric)
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


def _check(benchmark: Benchmark, fidelity: Fidelity, metric: str, trial: int | None) -> None:
    """A `BadValue` for a fidelity that the benchmark lacks, `Unmeasured` where it can answer for no architecture."""
    try:
        refuse_unless_offered(benchmark, fidelity)
    except BadValue as error:
        raise BadValue(f"{error}; or name another benchmark as source") from None
    if isinstance(benchmark, TabularBenchmark):
        column(benchmark, metric, fidelity, trial)
