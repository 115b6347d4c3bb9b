"""The model of BOHB (Falkner et al., ICML 2018, section 3.3): one density of the good, one of the bad."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from harness.algorithms._kde import ChoiceDensity, options_of
from harness.core import Arch, Problem, Query


class _Fit(NamedTuple):
    good: ChoiceDensity
    bad: ChoiceDensity


class Parzen:
    """Good and bad architectures at the highest fidelity with at least `least` + 2 results; fitted when it is asked.

    Of N results the best N_l = max(least, percent/100 N) are good and the worst max(least, N - N_l) bad (Equation 3).
    """

    def __init__(self, problem: Problem, least: int, percent: int, min_bandwidth: float) -> None:
        self._choices, self._min_bandwidth = problem.space.choices, min_bandwidth
        self._least, self._percent = least, percent
        self._rank = {fidelity: i for i, fidelity in enumerate(problem.fidelities)}
        self._results: list[list[tuple[float, int, Arch]]] = [[] for _ in problem.fidelities]
        self._highest = -1
        self._fit: _Fit | None = None

    @property
    def ready(self) -> bool:
        """Whether a fidelity has enough results."""
        return self._highest >= 0

    def add(self, query: Query, loss: float) -> None:
        """Take in a result."""
        rank = self._rank[query.fidelity]
        results = self._results[rank]
        results.append((loss, len(results), query.arch))
        if rank >= self._highest and len(results) >= self._least + 2:
            self._highest, self._fit = rank, None

    def propose(self, samples: int, widen: float, rng: np.random.Generator) -> Iterator[Arch]:
        """Draws of the good density, the greatest ratio of good to bad density first; they need not be admitted."""
        good, bad = self._fit = self._fit or self._fitted()
        drawn = good.draw(samples, widen, rng)
        ratios = good.log_density(drawn) - bad.log_density(drawn)
        for i in np.argsort(-ratios, kind="stable").tolist():
            yield tuple(drawn[i].tolist())

    def _fitted(self) -> _Fit:
        ranked = sorted(self._results[self._highest])
        n = len(ranked)
        n_good = max(self._least, self._percent * n // 100)
        n_bad = max(self._least, n - n_good)
        options = options_of([arch for _, _, arch in ranked])
        return _Fit(
            *(ChoiceDensity(part, self._choices, self._min_bandwidth) for part in (options[:n_good], options[-n_bad:]))
        )
