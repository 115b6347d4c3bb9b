"""Another proxy's score with its sign turned: for counts that are judged against a cost, of which little is good."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core import Arch, Benchmark, Proxy
from harness.errors import BadValue
from harness.registry import load


class Negated(Proxy):
    """Minus the score of the `proxy` of this name: few FLOPs are good where the truth is a latency.

    `dataset`, `batch` and `precision` are for a proxy that takes them. It learns what the proxy learns, costs what it
    costs, and is undefined where it is. Raises `BadValue` without a name, and `UnknownName` for one that no proxy has.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        *,
        seed: int,
        proxy: str = "flops",
        dataset: str | None = None,
        batch: int | None = None,
        precision: str | None = None,
    ) -> None:
        if not isinstance(proxy, str) or not proxy:
            raise BadValue(f'proxy = {proxy!r}: name the proxy whose sign is to be turned, such as "flops"')
        given = {"dataset": dataset, "batch": batch, "precision": precision}
        options = {name: value for name, value in given.items() if value is not None}
        self._proxy: Proxy = load("proxy", proxy)(benchmark, seed=seed, **options)
        self.train, self.chunk, self.fingerprint = self._proxy.train, self._proxy.chunk, self._proxy.fingerprint
        self.definition: Mapping[str, str] = {
            **self._proxy.definition,
            "sign": "reversed (less is a higher score)",
        }

    def fit(self, archs: Sequence[Arch], losses: NDArray[np.float64]) -> None:
        """Teach the proxy."""
        self._proxy.fit(archs, losses)

    def score(self, archs: Sequence[Arch]) -> NDArray[np.float64]:
        """Minus the proxy's scores, shape (architectures,); NaN where it is undefined."""
        scores = -np.asarray(self._proxy.score(archs), dtype=float)
        self.spent = self._proxy.spent
        return scores
