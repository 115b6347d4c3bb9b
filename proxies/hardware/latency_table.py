"""The sum of operations' latencies, looked up in a table (Wu et al., FBNet, CVPR 2019, section 3.2, equation 3)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, Benchmark, Proxy
from harness.errors import BadValue
from harness.latency.table import read_table
from harness.trust import allowed


class LatencyTable(Proxy):
    """Minus the milliseconds that a table of `nasgauge latency measure` adds up to: the faster, the higher the score.

    Of isomorphic cells the representative is looked up. The same for every seed. Raises `BadValue` without a `file`,
    for one that is no such table, and for a benchmark of another space than nb201.
    """

    def __init__(self, benchmark: Benchmark, *, seed: int, file: str = "") -> None:
        if not isinstance(file, str) or not file:
            raise BadValue(
                f'file = {file!r}: say which table to look in, {{ name = "latency_table", file = "latency.json" }}; '
                "make one with nasgauge latency measure"
            )
        if benchmark.space.name != "nb201":
            raise BadValue(f"tables of latencies are of nb201, not of {benchmark.space.name}: choose a benchmark of it")
        self._space, self._table = benchmark.space, read_table(allowed(Path(file)))
        self.fingerprint = self._table.fingerprint

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Nothing to learn."""

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """Minus the predicted milliseconds, shape (architectures,)."""
        return np.array([-self._table.latency(self._space.canonical(arch)) for arch in archs], dtype=float)
