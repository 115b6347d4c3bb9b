"""The score card of a proxy: every number that says how far it can be trusted."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.bootstrap import Interval, bootstrap
from harness.statistics.codes import codes
from harness.statistics.columns import count
from harness.statistics.known import known_rows
from harness.statistics.rank import kendall, spearman, tied_share
from harness.statistics.top import best_rank_at, precision_at, regret_at, top_kendall
from harness.statistics.weighted import weighted_kendall


class ProxyScore(NamedTuple):
    """How well scores rank architectures; see `rank`, `weighted` and `top` for the meaning of each number.

    `n` architectures have a score and a truth, `dropped` lack one; `ties` is the share of their pairs with equal
    scores. `regret` is in the unit of the truth. The correlations are signed.
    """

    n: int
    dropped: int
    ties: float
    kendall: Interval
    spearman: Interval
    top_kendall: float
    precision: float
    best_rank: float
    regret: float
    k: int
    weighted_kendall: Interval


def score_proxy(
    score: ArrayLike, truth: ArrayLike, *, k: int | None = None, resamples: int = 1000, seed: int = 0
) -> ProxyScore:
    """Score a proxy against the truth, shape (architectures,) each, higher = better, NaN = undefined or unmeasured.

    The top is the best `k`: a tenth of the architectures, but at least 10, when it is not given. Where fewer than k
    are left, the numbers about the top are NaN. Intervals are 95 % bootstrap intervals over architectures. `BadValue`
    for infinite values, columns of different lengths, or k below 1.
    """
    kept_score, kept_truth = known_rows(score=score, truth=truth)
    n, total = len(kept_score), len(np.asarray(score))
    k = max(10, n // 10) if k is None else count("k", k)
    ranked = codes(kept_score), codes(kept_truth)

    def top(statistic: Callable[[ArrayLike, ArrayLike, int], float]) -> float:
        return statistic(kept_score, kept_truth, k) if k <= n else float("nan")

    return ProxyScore(
        n=n,
        dropped=total - n,
        ties=tied_share(kept_score),
        kendall=bootstrap(kendall, *ranked, resamples=resamples, seed=seed),
        spearman=bootstrap(spearman, *ranked, resamples=resamples, seed=seed),
        top_kendall=top(top_kendall),
        precision=top(precision_at),
        best_rank=top(best_rank_at),
        regret=top(regret_at),
        k=k,
        weighted_kendall=bootstrap(weighted_kendall, *ranked, resamples=resamples, seed=seed),
    )
