"""How the rank correlations compare with scipy's in time: `python tests/bench_statistics.py`, in under a minute."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy.stats import kendalltau, spearmanr, weightedtau

from harness.statistics.bootstrap import bootstrap
from harness.statistics.codes import codes
from harness.statistics.rank import kendall, spearman
from harness.statistics.scoring import score_proxy
from harness.statistics.weighted import weighted_kendall

N, RESAMPLES, HANDFUL = 15_625, 1_000, 20
PAIRS = {
    "kendall": (kendall, kendalltau, 25),
    "spearman": (spearman, spearmanr, 25),
    "weighted kendall": (weighted_kendall, weightedtau, 5),
}
"""Ours, scipy's, and how many rounds in which both sides take turns."""


def main() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=N).round(3)
    y = (x + rng.normal(size=N)).round(3)
    print(f"n = {N}; wall-clock, best of several rounds in which both sides take turns")
    for name, (ours, theirs, rounds) in PAIRS.items():
        difference = abs(ours(x, y) - theirs(x, y).statistic)
        report(
            f"{name}, one call (differ by {difference:.0e})", *turns(partial(ours, x, y), partial(theirs, x, y), rounds)
        )
    print(f"{RESAMPLES} resamples, extrapolated: scipy from {HANDFUL} in each round, ours from {5 * HANDFUL}")
    for name, (ours, theirs, rounds) in PAIRS.items():
        ours_s, theirs_s = turns(partial(resample, ours, x, y), partial(loop, theirs, x, y), max(4, rounds // 3))
        report(f"{name}, bootstrap", ours_s * RESAMPLES / (5 * HANDFUL), theirs_s * RESAMPLES / HANDFUL)
    began = time.perf_counter()
    score_proxy(x, y, resamples=RESAMPLES)
    print(f"score_proxy with {RESAMPLES} resamples of all three, measured: {time.perf_counter() - began:.2f} s")


def resample(statistic: Callable[..., float], x: Any, y: Any) -> None:
    """As `score_proxy` does it: the values are coded once, before the rows are drawn."""
    bootstrap(statistic, codes(x), codes(y), resamples=5 * HANDFUL)


def loop(statistic: Callable[..., Any], x: Any, y: Any) -> None:
    rng = np.random.default_rng(0)
    for _ in range(HANDFUL):
        rows = rng.integers(N, size=N)
        statistic(x[rows], y[rows])


def turns(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """Best seconds of each."""
    best = [float("inf"), float("inf")]
    for _ in range(rounds):
        for side, call in enumerate((ours, theirs)):
            began = time.perf_counter()
            call()
            best[side] = min(best[side], time.perf_counter() - began)
    return best[0], best[1]


def report(name: str, ours: float, theirs: float) -> None:
    print(f"  {name:50s} ours {ours * 1e3:9.2f} ms   scipy {theirs * 1e3:9.2f} ms   ratio {ours / theirs:.3f}")


if __name__ == "__main__":
    main()
